"""A double of the part of Stripe's documented HTTP API that we use (docs.stripe.com/api): form bodies, idempotency keys that
replay and refuse other parameters, intents with their states, decline codes, expanded fields. It is not Stripe."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections import Counter
from typing import Any

from aiohttp import web

DECLINES = {
    "pm_no_money": "insufficient_funds",
    "pm_declined": "generic_decline",
    "pm_refused": "authentication_required",
}


class Refuse(Exception):
    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error.get("message"))
        self.status, self.error = status, error


class StripeDouble:
    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.setups: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.detached: list[str] = []
        self.calls: Counter[str] = Counter()
        self.lost: set[str] = set()  # steps whose answer does not arrive, though they happened
        self._answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer sk_test_double"
        form = dict((await request.post()).items()) if request.method == "POST" else dict(request.query)
        parts = request.path.strip("/").split("/")[1:]
        key = request.headers.get("Idempotency-Key", "")
        asked = json.dumps([request.path, sorted((name, str(value)) for name, value in form.items())])
        if request.method == "POST" and key in self._answers:
            before, status, body = self._answers[key]
            if before != asked:
                status, body = 400, {"error": {"type": "idempotency_error", "message": "other parameters"}}
            return web.json_response(body, status=status)
        step = f"{parts[0]}.{parts[2] if len(parts) > 2 else 'create' if request.method == 'POST' else 'retrieve'}"
        self.calls[step] += 1
        try:
            status, body = 200, getattr(self, "_" + step.replace(".", "_"))(form, *parts[1:2])
        except Refuse as error:
            status, body = error.status, {"error": error.error}
        if request.method == "POST":
            self._answers[key] = (asked, status, body)
        if step in self.lost:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(body, status=status)

    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers)}"

    def _customers_create(self, form: dict[str, Any]) -> dict[str, Any]:
        return {"id": self._id("cus"), "object": "customer"}

    def _payment_intents_create(self, form: dict[str, Any]) -> dict[str, Any]:
        assert form["capture_method"] == "manual"
        intent = {
            "id": self._id("pi"),
            "object": "payment_intent",
            "status": "requires_payment_method",
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "customer": form["customer"],
            "metadata": {"payment_id": form["metadata[payment_id]"]},
            "last_payment_error": None,
            "client_secret": "",
            "amount_received": 0,
        }
        intent["client_secret"] = f"{intent['id']}_secret"
        self.intents[intent["id"]] = intent
        return dict(intent)

    def _payment_intents_retrieve(self, form: dict[str, Any], intent_id: str) -> dict[str, Any]:
        return dict(self.intents[intent_id])

    def _payment_intents_confirm(self, form: dict[str, Any], intent_id: str) -> dict[str, Any]:
        intent = self.intents[intent_id]
        if intent["status"] == "canceled":
            raise Refuse(400, type="invalid_request_error", code="payment_intent_unexpected_state", message="canceled")
        code = DECLINES.get(form["payment_method"])
        if code is not None:
            error = {"type": "card_error", "code": "card_declined", "decline_code": code, "message": "Declined."}
            intent["last_payment_error"] = error
            raise Refuse(402, **error)
        intent["status"] = "requires_action" if form["payment_method"] == "pm_asks" else "requires_capture"
        return dict(intent)

    def answer(self, intent_id: str, confirmed: bool) -> None:
        """What the buyer does in the bank's frame."""
        intent = self.intents[intent_id]
        assert intent["status"] == "requires_action"
        intent["status"] = "requires_capture" if confirmed else "requires_payment_method"
        if not confirmed:
            intent["last_payment_error"] = {
                "type": "invalid_request_error",
                "code": "payment_intent_authentication_failure",
            }

    def _payment_intents_capture(self, form: dict[str, Any], intent_id: str) -> dict[str, Any]:
        intent = self.intents[intent_id]
        if intent["status"] != "requires_capture":
            raise Refuse(400, type="invalid_request_error", message="not capturable")
        intent["status"], intent["amount_received"] = "succeeded", int(form.get("amount_to_capture", intent["amount"]))
        return dict(intent)

    def _payment_intents_cancel(self, form: dict[str, Any], intent_id: str) -> dict[str, Any]:
        intent = self.intents[intent_id]
        if intent["status"] == "succeeded":
            raise Refuse(400, type="invalid_request_error", message="already captured")
        intent["status"] = "canceled"
        return dict(intent)

    def _refunds_create(self, form: dict[str, Any]) -> dict[str, Any]:
        intent = self.intents[form["payment_intent"]]
        given = sum(
            each["amount"]
            for each in self.refunds
            if each["payment_intent"] == intent["id"] and each["status"] != "failed"
        )
        if given + int(form["amount"]) > intent["amount_received"]:
            raise Refuse(400, type="invalid_request_error", message="more than was captured")
        refund = {
            "id": self._id("re"),
            "object": "refund",
            "amount": int(form["amount"]),
            "payment_intent": intent["id"],
            "status": "succeeded",
            "metadata": {
                name.removeprefix("metadata[").removesuffix("]"): value
                for name, value in form.items()
                if name.startswith("metadata[")
            },
        }
        self.refunds.append(refund)
        return refund

    def _refunds_retrieve(self, form: dict[str, Any]) -> dict[str, Any]:
        found = [each for each in self.refunds if each["payment_intent"] == form["payment_intent"]]
        return {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}

    def in_dashboard(self, intent_id: str, amount: int) -> dict[str, Any]:
        """Somebody gives money back without the shop."""
        return self._refunds_create({"payment_intent": intent_id, "amount": amount})

    def _setup_intents_create(self, form: dict[str, Any]) -> dict[str, Any]:
        setup: dict[str, Any] = {"id": self._id("seti"), "object": "setup_intent", "status": "requires_payment_method"}
        setup |= {"client_secret": f"{setup['id']}_secret", "customer": form["customer"], "payment_method": None}
        self.setups[setup["id"]] = setup
        return dict(setup)

    def fill_in(self, setup_id: str, method: str) -> None:
        """What the buyer does on Stripe's form."""
        card = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2039}
        found = {"id": method, "object": "payment_method", "type": "card", "card": card}
        self.setups[setup_id] |= {"status": "succeeded", "payment_method": found}

    def _setup_intents_retrieve(self, form: dict[str, Any], setup_id: str) -> dict[str, Any]:
        if setup_id not in self.setups:
            raise Refuse(404, type="invalid_request_error", code="resource_missing", message="no such setup")
        return dict(self.setups[setup_id])

    def _payment_methods_detach(self, form: dict[str, Any], method_id: str) -> dict[str, Any]:
        self.detached.append(method_id)
        return {"id": method_id, "object": "payment_method"}


def signed(secret: str, event: dict[str, Any], age: int = 0) -> tuple[bytes, dict[str, str]]:
    """A webhook's body and headers as docs.stripe.com/webhooks describes them."""
    body, at = json.dumps(event).encode(), int(time.time()) - age
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={at},v1={signature}"}
