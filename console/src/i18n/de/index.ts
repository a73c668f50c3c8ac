import calls from "./calls";
import common from "./common";
import entry from "./entry";
import flows from "./flows";
import shell from "./shell";
import start from "./start";
import voices from "./voices";
import people from "./people";
import lines from "./lines";

export default { ...common, ...shell, ...entry, ...calls, ...flows, ...start, ...voices, ...people, ...lines };
