import { QRCodeSVG } from "qrcode.react";

/** A picture for an authenticator's camera; black on white in both appearances. */
export function QrCode(props: { text: string; label: string }) {
  return (
    <div style={{ background: "#fff", padding: "0.75rem", width: "fit-content", borderRadius: "var(--radius)" }}>
      <QRCodeSVG value={props.text} size={168} title={props.label} role="img" />
    </div>
  );
}
