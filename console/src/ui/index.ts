// The console's design system: everything that pages are made of.
export * from "./button";
export * from "./dialog";
export * from "./feedback";
export * from "./field";
export * from "./form";
export * from "./menu";
export * from "./page";
export * from "./pieces";
export * from "./table";
export * from "./toast";
export * from "./filters";
export * from "./search";
