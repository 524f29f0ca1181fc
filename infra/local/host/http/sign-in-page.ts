/** The page where a developer chooses a user and roles. Several roles can be selected. */
export function signInPage(roles: readonly string[], next: string): string {
  const action = `?post_login_redirect_uri=${encodeURIComponent(next)}`;
  const boxes = roles
    .map(
      (role) => `<label><input type="checkbox" name="role" value="${escape(role)}"> ${escape(role)}</label>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in on this machine</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 10vh auto; padding: 0 1rem; color: #1b1b1b; background: #fff; }
  label { display: block; margin: .4rem 0; }
  input[name=name] { display: block; width: 100%; font: inherit; padding: .4rem; box-sizing: border-box; }
  fieldset { border: 1px solid #767676; margin: 1rem 0; }
  button { font: inherit; padding: .5rem 1.5rem; }
</style>
</head>
<body>
<main>
<h1>Sign in on this machine</h1>
<p>In Azure, Microsoft Entra ID answers here. On this machine you choose who you are.</p>
<form method="post" action="${action}">
<label>Name <input name="name" value="ada@example.com" required autocomplete="username"></label>
<fieldset><legend>Roles</legend>
${boxes}
</fieldset>
<button>Sign in</button>
</form>
</main>
</body>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
