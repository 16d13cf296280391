/** The bell's requests. All throw ApiError. */

import { request } from "./request";

export interface Notice {
  number: number;
  kind: string;
  /** The page it leads to. */
  path: string;
  title: string;
  name: string;
  amount: number | null;
  currency: string | null;
  ends_at: number | null;
  created_at: number;
  read: boolean;
}

export interface NoticePage {
  items: Notice[];
  unread: number;
  next: number | null;
}

export interface KindChoice {
  kind: string;
  push: boolean;
  email: boolean;
}

export interface NoticeSettings {
  kinds: KindChoice[];
  /** Whether this shop sends mail. */
  mail: boolean;
  push_key: string;
}

export const notices = {
  page: (before: number | null) => request<NoticePage>("GET", "/api/notices", { query: { before } }),
  read: (upTo: number) => request<{ unread: number; newest: number }>("POST", "/api/notices/read", { body: { up_to: upTo } }),
  settings: () => request<NoticeSettings>("GET", "/api/notices/settings"),
  choose: (choice: KindChoice) => request<NoticeSettings>("PUT", "/api/notices/settings", { body: choice }),
  language: (language: string) => request<void>("PUT", "/api/notices/language", { body: { language } }),
  addBrowser: (subscription: PushSubscriptionJSON) => request<void>("PUT", "/api/notices/browser", { body: subscription }),
  removeBrowser: (endpoint: string) => request<void>("DELETE", "/api/notices/browser", { body: { endpoint } }),
};
