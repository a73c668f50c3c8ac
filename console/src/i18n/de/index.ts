import calls from "./calls";
import common from "./common";
import entry from "./entry";
import shell from "./shell";
import start from "./start";
import voices from "./voices";

export default { ...common, ...shell, ...entry, ...calls, ...start, ...voices };
