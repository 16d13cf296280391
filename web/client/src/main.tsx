import { render } from "preact";
import { App } from "./App";
import { startNavigation } from "./navigation";
import { loadMe } from "./state/session";
import "./styles/tokens.css";
import "./styles/base.css";

startNavigation();
void loadMe();
const root = document.getElementById("app");
if (root) render(<App />, root);
