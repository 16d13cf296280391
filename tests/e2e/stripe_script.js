// A double of the part of Stripe's script that the pages use (docs.stripe.com/js): a form in an element of the page, and the
// bank's question in a window of its own that lies over everything. It is not Stripe's script.
window.Stripe = (key) => {
  const over = (words) =>
    new Promise((done) => {
      const window_ = document.createElement("div");
      window_.id = "bank-window";
      window_.style.cssText = "position:fixed;inset:0;z-index:2147483647;background:white;color:black";
      for (const answer of ["yes", "no"]) {
        const button = document.createElement("button");
        button.textContent = `${words}: ${answer}`;
        button.id = `bank-${answer}`;
        button.onclick = () => {
          window_.remove();
          done(answer === "yes");
        };
        window_.append(button);
      }
      document.body.append(window_);
    });
  return {
    elements: ({ clientSecret }) => ({
      clientSecret,
      create: () => {
        const input = document.createElement("input");
        input.id = "stripe-number";
        input.setAttribute("aria-label", `Card, ${key}`);
        return { mount: (element) => element.append(input), destroy: () => input.remove() };
      },
    }),
    confirmSetup: async ({ elements }) => {
      const method = document.getElementById("stripe-number").value;
      if (method === "incomplete") return { error: { message: "Your card number is incomplete." } };
      if (method === "pm_asks" && !(await over("Save this card"))) return { error: { message: "We are unable to authenticate your card." } };
      await window.stripeHears("setup", elements.clientSecret, method);
      return {};
    },
    handleNextAction: async ({ clientSecret }) => {
      const yes = await over("Pay");
      await window.stripeHears(yes ? "yes" : "no", clientSecret, "");
      return yes ? {} : { error: { message: "We are unable to authenticate your card." } };
    },
  };
};
