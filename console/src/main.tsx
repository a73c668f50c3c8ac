import { QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { queries } from "./api/queries";
import { WordsProvider, chosenLanguage, loadMessages } from "./i18n";
import { router } from "./routes";
import { applyTheme, followDevice } from "./shell/theme";
import { Toasts } from "./ui";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/parts.css";
import "./shell/shell.css";

applyTheme();
followDevice();
// style elements that a library adds are allowed by the number of this very answer only
setNonce(document.querySelector<HTMLMetaElement>('meta[name="callwright-nonce"]')?.content ?? "");

const language = chosenLanguage();
document.documentElement.lang = language;
const messages = await loadMessages(language);
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <WordsProvider language={language} messages={messages}>
      <QueryClientProvider client={queries}>
        <Toasts>
          <RouterProvider router={router} />
        </Toasts>
      </QueryClientProvider>
    </WordsProvider>
  </StrictMode>,
);
