// The program's JSON interface. A refusal is an Error with the words to show.

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(`/phone/api${path}`, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The simulators cannot be reached.");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Error(typeof body.detail === "string" ? body.detail : `Refused (${answer.status}).`);
  }
  return body;
}

export const listAccounts = () => ask("/accounts");

export const inventCustomer = (vendor, account) =>
  ask(`/customers?${new URLSearchParams({ vendor, account })}`, { method: "POST" });

export const readChat = (who, after, wait, signal) =>
  ask(`/chat?${new URLSearchParams({ ...who, after, wait })}`, { signal });

export const act = (what, who, more = {}) =>
  ask(`/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...who, ...more }),
  });

export async function asAttachment(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return { name: file.name, media_type: file.type || "application/octet-stream", content: btoa(binary) };
}
