// The tokens of the address's fragment, as in #token=fc_…&token=fs_…: each operation takes one of its kind.
const given = new URLSearchParams(location.hash.slice(1)).getAll("token");

function kind({ path, method }) {
  if (path === "/v1/live") return "fl_";
  if (path.startsWith("/v1/stats/")) return "fs_";
  return method === "post" && path !== "/v1/tokens" ? "fc_" : "fk_";
}

export const tokens = { of: (operation) => given.find((token) => token.startsWith(kind(operation))) ?? "" };
