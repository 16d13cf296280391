import { useEffect, useState } from "preact/hooks";
import { accounts, sentence, type Account } from "../../api";
import { fieldErrors } from "../../api/errors";
import { Button } from "../../components/Button";
import { Field, FormProblem } from "../../components/Field";
import { Tabs } from "../../components/Tabs";
import { go, safeReturn } from "../../navigation";
import type { PageProps } from "../../router";
import { me } from "../../state/session";
import { useTitle } from "../../title";
import { handleProblem, suggestHandle } from "./handle";
import { t } from "../../i18n";

export const PASSWORD_LEAST = 10;

export default function Login({ query }: PageProps) {
  const back = safeReturn(query.get("to"));
  const [tab, setTab] = useState<"in" | "up">(query.get("new") === "1" ? "up" : "in");
  useTitle(tab === "in" ? t("Sign in") : t("Open an account"));

  // Already somebody: nothing to do here.
  const account = me.value;
  useEffect(() => {
    if (account) go(back, { replace: true });
  }, [account]);

  const enter = (entered: Account): void => {
    me.value = entered;
  };

  return (
    <div class="page page--narrow stack">
      <h1>{tab === "in" ? t("Welcome back") : t("Join Closetcast")}</h1>
      {back !== "/" && <p class="quiet">{t("Sign in and you are right back where you were.")}</p>}
      <Tabs
        label={t("Sign in or open an account")}
        selected={tab}
        onSelect={setTab}
        tabs={[
          { key: "in", label: t("Sign in"), content: <SignIn onDone={enter} /> },
          { key: "up", label: t("New here"), content: <SignUp onDone={enter} /> },
        ]}
      />
    </div>
  );
}

/** One form's life: busy, its problems by field, its problem as a whole. */
function useForm(act: () => Promise<void>, check: () => Record<string, string | null>) {
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget as HTMLFormElement;
    const found = Object.fromEntries(Object.entries(check()).filter((pair): pair is [string, string] => pair[1] !== null));
    setProblems(found);
    setFailure(null);
    const first = (): void => {
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    };
    if (Object.keys(found).length > 0) return first();
    setBusy(true);
    try {
      await act();
    } catch (error) {
      const fields = fieldErrors(error);
      setProblems(fields);
      if (Object.keys(fields).length > 0) first();
      else setFailure(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problems, failure, submit };
}

function SignIn({ onDone }: { onDone: (account: Account) => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const form = useForm(
    async () => onDone(await accounts.signIn({ email: email.trim(), password })),
    () => ({
      email: email.trim() ? null : t("Your email address."),
      password: password ? null : t("Your password."),
    }),
  );
  return (
    <form class="stack" noValidate onSubmit={form.submit}>
      <Field label={t("Email")} type="email" name="email" autocomplete="username" value={email} onValue={setEmail} problem={form.problems["email"]} />
      <Field
        label={t("Password")}
        type="password"
        name="password"
        autocomplete="current-password"
        value={password}
        onValue={setPassword}
        problem={form.problems["password"]}
      />
      <FormProblem>{form.failure}</FormProblem>
      <Button type="submit" size="l" wide busy={form.busy}>
        {t("Sign in")}
      </Button>
    </form>
  );
}

function SignUp({ onDone }: { onDone: (account: Account) => void }) {
  const [name, setName] = useState("");
  const [typedHandle, setHandle] = useState<string | null>(null);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const handle = typedHandle ?? suggestHandle(name);
  const form = useForm(
    async () => onDone(await accounts.signUp({ email: email.trim(), password, handle, name: name.trim() })),
    () => ({
      name: name.trim() ? null : t("What should people call you?"),
      handle: handleProblem(handle),
      email: /^\S+@\S+\.\S+$/.test(email.trim()) ? null : t("An address like ana@example.org."),
      password: password.length >= PASSWORD_LEAST ? null : t("At least {least} characters.", { least: PASSWORD_LEAST }),
    }),
  );
  return (
    <form class="stack" noValidate onSubmit={form.submit}>
      <Field label={t("Name")} name="name" autocomplete="name" maxLength={60} value={name} onValue={setName} problem={form.problems["name"]} />
      <Field
        label={t("Closet name")}
        name="handle"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxLength={24}
        hint={handle ? t("Your closet will be at /closet/{handle}", { handle }) : t("Small letters, digits and _")}
        value={handle}
        onValue={(text) => setHandle(text.toLowerCase().replace(/\s+/g, "_"))}
        problem={form.problems["handle"]}
      />
      <Field label={t("Email")} type="email" name="email" autocomplete="username" value={email} onValue={setEmail} problem={form.problems["email"]} />
      <Field
        label={t("Password")}
        type="password"
        name="password"
        autocomplete="new-password"
        hint={t("At least {least} characters; a few words work well.", { least: PASSWORD_LEAST })}
        value={password}
        onValue={setPassword}
        problem={form.problems["password"]}
      />
      <FormProblem>{form.failure}</FormProblem>
      <Button type="submit" size="l" wide busy={form.busy}>
        {t("Open my account")}
      </Button>
    </form>
  );
}
