// The recommended rules, and a few more that have found a fault once.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    rules: {
      "eqeqeq": ["error", "always", { "null": "ignore" }],  // null and undefined are one answer: nothing there
      "no-implicit-coercion": ["error", { "allow": ["!!"] }],
      "no-shadow": "error",
      "no-unused-vars": ["error", { "argsIgnorePattern": "^_" }],
      "no-var": "error",
      "prefer-const": "error",
      // A log's escape sequences are what tail/ is about.
      "no-control-regex": "off",
    },
  },
];
