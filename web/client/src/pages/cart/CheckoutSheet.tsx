export { CheckoutSheet } from "../../components/CheckoutSheet";
