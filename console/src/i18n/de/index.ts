import calls from "./calls";
import common from "./common";
import entry from "./entry";
import flows from "./flows";
import flows from "./flows";
import shell from "./shell";
import start from "./start";
import voices from "./voices";
import people from "./people";

export default { ...common, ...shell, ...entry, ...calls, ...flows, ...flows, ...start, ...voices, ...people };
