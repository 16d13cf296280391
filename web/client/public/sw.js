// Takes pushes and opens their pages. It answers no requests: the pages always come from the server.

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data ? event.data.json() : {};
  } catch {
    // Not from this shop; a push must still show something.
  }
  event.waitUntil(
    self.registration.showNotification(said.title || "Closetcast", {
      body: said.body || "",
      tag: said.tag || "notice",
      dir: "auto",
      icon: "/static/favicon.svg",
      data: { path: typeof said.path === "string" && said.path.startsWith("/") ? said.path : "/notices" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.path ?? "/notices", self.location.origin).href;
  const open = async () => {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    // The page itself, if it is open; a studio on air or a show being watched is left alone.
    const there = windows.find((each) => each.url === url);
    if (there) return there.focus();
    return self.clients.openWindow(url);
  };
  event.waitUntil(open());
});

// The push service has made a new address for this browser: the shop hears of it when a page is next opened, which asks the
// browser for its subscription each time (state/push.ts).
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
