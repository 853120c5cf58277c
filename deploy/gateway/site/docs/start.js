// Shows the merged description; nothing is loaded from anywhere else, and no validator is called.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  tagsSorter: "alpha",
  validatorUrl: null,
  persistAuthorization: false,
});
