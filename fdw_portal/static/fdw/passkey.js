/* Passkeys are offered where a script can ask for them. One that was refused, cancelled or is not to be had here: said on the page, not in the console alone. */
document.addEventListener("allauth.error", () => {
  const place = document.querySelector("[data-passkey-failed]");
  if (place) place.hidden = false;
});
document.querySelectorAll("[data-needs-script]").forEach((place) => { place.hidden = false; });
