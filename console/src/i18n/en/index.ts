import calls from "./calls";
import common from "./common";
import entry from "./entry";
import shell from "./shell";

export default { ...common, ...shell, ...entry, ...calls };
