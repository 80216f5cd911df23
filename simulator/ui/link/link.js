const SAID_FOR = 4000; // milliseconds

const timers = new WeakMap();

// The settings of the embedding page, such as ?embed=true, are not ours to drop.
function withEmbedding(query) {
  const found = new URLSearchParams(query);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name.startsWith("embed")) found.append(name, value);
  }
  return found.toString();
}

// The address bar follows the page. Replaced, not pushed: turning a knob is not a step to go back.
function follow(query) {
  const search = `?${withEmbedding(query)}`;
  if (location.search !== search) history.replaceState(history.state, "", location.pathname + search);
}

// Pages that are not served by HTTPS or from this machine have no clipboard but the selection.
async function copy(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field.hidden = false;
    field.value = text;
    field.select();
    const isCopied = document.execCommand("copy");
    field.hidden = isCopied;
    return isCopied;
  }
}

function say(root, words) {
  const status = root.querySelector(".said");
  status.textContent = words;
  clearTimeout(timers.get(root));
  timers.set(root, setTimeout(() => (status.textContent = ""), SAID_FOR));
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".link");
  const button = root.querySelector("button");
  follow(data.query);
  button.onclick = async () => {
    const text = `${location.origin}${location.pathname}?${data.query}`;
    const field = root.querySelector(".by-hand");
    const isCopied = await copy(text, field);
    if (isCopied) button.focus();
    say(root, isCopied ? "Link copied" : "Press Ctrl+C to copy the link");
  };
}
