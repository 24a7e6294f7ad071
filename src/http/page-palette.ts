/** Colours of the pages that are not the operator's: the same values as in src/console/assets/console.css. */
export const pagePalette = `
  color-scheme: light dark;
  --page: light-dark(#f6f7f6, #10130f);
  --card: light-dark(#ffffff, #181c18);
  --sunken: light-dark(#f0f2f0, #141814);
  --ink: light-dark(#1a1f1b, #e7ebe6);
  --soft: light-dark(#566058, #a0aba1);
  --line: light-dark(#dfe4df, #2b322c);
  --accent: light-dark(#1c5d45, #7fd1ab);
  --on-accent: light-dark(#ffffff, #0b1a13);
  --good: light-dark(#1b6a3f, #79d39b);
  --good-back: light-dark(#e4f3ea, #15301f);
  --bad: light-dark(#a5261d, #ff9b90);
  --bad-back: light-dark(#fdecea, #3a1714);`
