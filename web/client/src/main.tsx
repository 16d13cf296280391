import { render } from "preact";
import { App } from "./App";
import { followSheets } from "./components/sheet_history";
import { startNavigation } from "./navigation";
import { loadMe } from "./state/session";
import "./styles/tokens.css";
import "./styles/base.css";

startNavigation();
followSheets();
void loadMe();
const root = document.getElementById("app");
if (root) render(<App />, root);
