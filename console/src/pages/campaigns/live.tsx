export { LivePage as default } from "./campaign";
