// Runs html-validate (email profile) and caniemail over HTML files; prints JSON {file: {validate, caniemail}}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.argv[2] + "/");
const { HtmlValidate } = require("html-validate");
const { caniemail } = require("caniemail");
const email = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: {
    // what mail needs and the web does not
    "no-inline-style": "off", "no-deprecated-attr": "off", "attribute-boolean-style": "off", "no-implicit-close": "off",
    "prefer-native-element": "off", "wcag/h63": "off", "no-conditional-comment": "off", "element-permitted-content": "error",
    "attribute-allowed-values": "off", "no-raw-characters": "off", "void-style": "off", "doctype-style": "off",
    "no-trailing-whitespace": "off", "long-title": "off", "tel-non-breaking": "off", "no-implicit-button-type": "off",
    "attribute-empty-style": "off", "unrecognized-char-ref": "error", "no-redundant-role": "off", "meta-refresh": "error",
    "no-dup-attr": "error", "prefer-tbody": "off", "text-content": "error", "heading-level": "error", "valid-id": "error",
  },
});
const clients = ["gmail.desktop-webmail", "gmail.ios", "outlook.windows", "outlook.outlook-com", "apple-mail.macos", "yahoo.desktop-webmail"];
const out = {};
for (const file of process.argv.slice(3)) {
  const html = readFileSync(file, "utf-8");
  const report = await email.validateString(html);
  const support = caniemail({ clients, html });
  out[file] = {
    validate: report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`)),
    caniemail: [...support.issues.errors.entries()].map(([client, found]) => [client, found.map((f) => f.title ?? f.slug ?? JSON.stringify(f))]),
  };
}
console.log(JSON.stringify(out));
