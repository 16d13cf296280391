import { render } from "preact";
import { App } from "./App";
import { followSheets } from "./components/sheet_history";
import { startLanguage } from "./i18n/language";
import { startNavigation } from "./navigation";
import { loadMe } from "./state/session";
import "./styles/tokens.css";
import "./styles/base.css";

startNavigation();
followSheets();
void loadMe();
const root = document.getElementById("app");
// Not in English first and in another language a moment later.
if (root) void startLanguage().then(() => render(<App />, root));
