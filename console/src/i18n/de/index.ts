import calls from "./calls";
import campaigns from "./campaigns";
import common from "./common";
import entry from "./entry";
import flows from "./flows";
import shell from "./shell";
import start from "./start";
import voices from "./voices";
import people from "./people";
import lines from "./lines";
import trunks from "./trunks";
import account from "./account";
import messages from "./messages";
import told from "./told";

export default { ...common, ...shell, ...entry, ...calls, ...flows, ...campaigns, ...start, ...voices, ...people, ...lines, ...trunks, ...account, ...messages, told };
