// The API's reading room: the description of this server, asked with the session of whoever reads.
addEventListener("DOMContentLoaded", () => {
  const room = document.getElementById("swagger");
  SwaggerUIBundle({
    url: "/openapi.json",
    domNode: room,
    deepLinking: true,
    requestInterceptor: (request) => {
      request.headers["X-CSRF-Token"] = room.dataset.csrf;
      return request;
    },
  });
});
