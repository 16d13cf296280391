/** Reading something for a page: what it is, that it is on its way, or why not. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, sentence } from "../api";

export interface Loaded<T> {
  value: T | undefined;
  /** Why it could not be read, as a sentence; null while all is well. */
  problem: string | null;
  /** It does not exist (404), as opposed to being out of reach. */
  missing: boolean;
  loading: boolean;
  reload: () => void;
  /** Replace what is shown, after a change that the server has acknowledged. */
  set: (change: T | ((old: T | undefined) => T | undefined)) => void;
}

/** Read with `read` now and whenever `key` changes. Answers that come after leaving or after a newer question are dropped. */
export function useLoad<T>(key: string, read: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | undefined>(undefined);
  const [problem, setProblem] = useState<{ text: string; missing: boolean } | null>(null);
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const latest = useRef(read);
  latest.current = read;

  useEffect(() => {
    let current = true;
    setLoading(true);
    latest.current().then(
      (answer) => {
        if (!current) return;
        setValue(() => answer);
        setProblem(null);
        setLoading(false);
      },
      (error: unknown) => {
        if (!current) return;
        setProblem({ text: sentence(error), missing: error instanceof ApiError && error.status === 404 });
        setLoading(false);
      },
    );
    return () => {
      current = false;
    };
  }, [key, turn]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { value, problem: problem?.text ?? null, missing: problem?.missing ?? false, loading, reload, set: setValue };
}
