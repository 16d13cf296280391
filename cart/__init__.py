"""What people buy: lineup and features, holds, carts, checkout, orders, parcels and the ledger."""
