// A form is sent once: its buttons rest until the answer comes. Works without this, too.
addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  setTimeout(() => {  // a button that rests already would not be sent along
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  });
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});
