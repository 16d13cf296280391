import { useRef, useState } from "preact/hooks";
import { accounts, sentence, type Account } from "../../api";
import { fieldErrors } from "../../api/errors";
import { PHOTO_TYPES, photoProblem } from "../../api/upload";
import { Avatar } from "../../components/Avatar";
import { Button } from "../../components/Button";
import { Field, FormProblem, Switch, TextArea } from "../../components/Field";
import { Sheet } from "../../components/Sheet";
import { loadMe, me, signOut } from "../../state/session";
import { toast } from "../../state/toasts";
import { t } from "../../i18n";

/** One's own name, picture, words, password and the closet-wide featuring switch. */
export function ProfileEditor({ account, onClose, onSaved }: { account: Account; onClose: () => void; onSaved: (account: Account) => void }) {
  const [name, setName] = useState(account.name);
  const [handle, setHandle] = useState(account.handle);
  const [bio, setBio] = useState(account.bio);
  const [featuring, setFeaturing] = useState(account.featuring_allowed);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    setProblems({});
    try {
      const saved = await accounts.update({
        name: name.trim(),
        bio,
        featuring_allowed: featuring,
        ...(handle === account.handle ? {} : { handle }),
      });
      me.value = saved;
      onSaved(saved);
    } catch (error) {
      const fields = fieldErrors(error);
      setProblems(fields);
      setFailure(Object.keys(fields).length > 0 ? null : sentence(error));
      setBusy(false);
    }
  };

  return (
    <Sheet
      open
      title={t("Your profile")}
      onClose={onClose}
      footer={
        <Button type="submit" form="profile" size="l" wide busy={busy}>
          {t("Save")}
        </Button>
      }
    >
      <div class="stack stack--wide">
        <Picture account={me.value ?? account} />
        <form id="profile" class="stack" noValidate onSubmit={save}>
          <Field label={t("Name")} value={name} maxLength={60} onValue={setName} problem={problems["name"]} autocomplete="name" />
          <Field
            label={t("Closet name")}
            hint={handle === account.handle ? undefined : t("Links to your closet under its old name will stop working.")}
            value={handle}
            maxLength={24}
            autocapitalize="none"
            spellcheck={false}
            onValue={(text) => setHandle(text.toLowerCase())}
            problem={problems["handle"]}
          />
          <TextArea label={t("About you")} optional maxLength={1_000} value={bio} onValue={setBio} problem={problems["bio"]} />
          <Switch
            label={t("Others may feature my listings")}
            hint={t("Hosts can show your pieces in their shows. You ship and are paid as always.")}
            checked={featuring}
            onChange={setFeaturing}
          />
          <FormProblem>{failure}</FormProblem>
        </form>
        <Password />
        <Button kind="danger" onClick={() => void signOut().catch((error: unknown) => toast(sentence(error), "problem"))}>
          {t("Sign out")}
        </Button>
      </div>
    </Sheet>
  );
}

function Picture({ account }: { account: Account }) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const choose = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const problem = photoProblem(file);
    if (problem) return toast(problem, "problem");
    setBusy(true);
    try {
      await accounts.setAvatar(file);
      await loadMe();
      toast(t("Your new picture is up."), "good");
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="row">
      <Avatar person={account} size={72} />
      <Button kind="plain" busy={busy} onClick={() => input.current?.click()}>
        {t("Change picture")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t("Picture")}
        accept={PHOTO_TYPES.join(",")}
        onChange={(event) => {
          void choose(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (next.length < 10) return setFailure(t("The new password needs at least 10 characters."));
    setBusy(true);
    setFailure(null);
    try {
      await accounts.changePassword({ current, new: next });
      setCurrent("");
      setNext("");
      toast(t("Your password is changed."), "good");
    } catch (error) {
      setFailure(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <details>
      <summary class="closet__summary">{t("Change password")}</summary>
      <form class="stack" noValidate onSubmit={change}>
        <Field label={t("Password now")} type="password" autocomplete="current-password" value={current} onValue={setCurrent} />
        <Field label={t("New password")} type="password" autocomplete="new-password" value={next} onValue={setNext} />
        <FormProblem>{failure}</FormProblem>
        <Button type="submit" kind="plain" busy={busy}>
          {t("Change password")}
        </Button>
      </form>
    </details>
  );
}
