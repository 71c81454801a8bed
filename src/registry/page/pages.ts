/** The device page, step by step: pure functions from what is known to HTML. They work without JavaScript; there is none. */
import { maxPasswordLength, minPasswordLength } from "../policy.ts"
import { type Html, html, raw } from "./html.ts"
import { style } from "./style.ts"

const steps = ["Code", "Sign in", "Approve"] as const
type Step = (typeof steps)[number]

interface Frame {
  readonly title: string
  /** The registry's host, so that people see where they are. */
  readonly host: string
  readonly step?: Step
  readonly body: Html
}

const stepList = (current: Step): Html => {
  const at = steps.indexOf(current)
  return html`<ol class="steps" aria-label="Steps">
    ${steps.map((step, index) =>
      index === at
        ? html`<li aria-current="step">${step}</li>`
        : index < at
          ? html`<li class="done">${step}</li>`
          : html`<li>${step}</li>`
    )}
  </ol>`
}

/** The style sheet to the letter, as its hash in the content security policy demands; a formatter may not touch it. */
const document = ({ body, host, step, title }: Frame): string =>
  html`${raw("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} – crewkit registry</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <div class="frame">
          <header><b>crewkit</b><span>${host}</span></header>
          <main>${step === undefined ? undefined : stepList(step)} ${body}</main>
        </div>
      </body>
    </html> `.html

const errorId = "error"

const errorNote = (error: string | undefined): Html | undefined =>
  error === undefined ? undefined : html`<div class="note bad" role="alert" id="${errorId}"><p>${error}</p></div>`

const described = (error: string | undefined, hint?: string): Html => {
  const ids = [...(error === undefined ? [] : [errorId]), ...(hint === undefined ? [] : [hint])]
  return raw(
    `${error === undefined ? "" : ' aria-invalid="true"'}${ids.length === 0 ? "" : ` aria-describedby="${ids.join(" ")}"`}`
  )
}

const hidden = (csrf: string, code?: string): Html =>
  html`<input type="hidden" name="csrf" value="${csrf}" />${
      code === undefined ? undefined : html`<input type="hidden" name="user_code" value="${code}" />`
    }`

interface Common {
  readonly host: string
  readonly csrf: string
  readonly error?: string | undefined
}

export const codePage = ({ code, csrf, error, host }: Common & { readonly code: string }): string =>
  document({
    title: "Connect a device",
    host,
    step: "Code",
    body: html`<h1>Connect a device</h1>
      <p class="soft">Your terminal shows a code of eight letters. Enter it here, or check that it is the same one.</p>
      ${errorNote(error)}
      <form method="post" action="/device">
        ${hidden(csrf)}
        <div class="field">
          <label for="code">Code</label>
          <input
            class="code"
            id="code"
            name="user_code"
            type="text"
            value="${code}"
            placeholder="BCDF-GHJK"
            required
            maxlength="20"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck="false"
            ${described(error, "code-hint")}
          />
          <small id="code-hint">With or without the hyphen, in capital or small letters.</small>
        </div>
        <div class="buttons"><button>Continue</button></div>
      </form>`
  })

interface CodeBound extends Common {
  /** As it is shown, `ABCD-EFGH`. */
  readonly code: string
}

export const signInPage = ({ code, csrf, email, error, host }: CodeBound & { readonly email: string }): string =>
  document({
    title: "Sign in",
    host,
    step: "Sign in",
    body: html`<h1>Sign in</h1>
      <p class="soft">
        With the e-mail address that your organization lists. The first time, use the one-time invite that you were
        given.
      </p>
      ${errorNote(error)}
      <form method="post" action="/device/sign-in">
        ${hidden(csrf, code)}
        <div class="field">
          <label for="email">E-mail</label>
          <input
            id="email"
            name="email"
            type="email"
            value="${email}"
            required
            maxlength="254"
            autocomplete="username"
            ${described(error)}
          />
        </div>
        <div class="field">
          <label for="secret">Password or one-time invite</label>
          <input
            id="secret"
            name="secret"
            type="password"
            required
            maxlength="${maxPasswordLength}"
            autocomplete="current-password"
            ${described(error)}
          />
        </div>
        <div class="buttons"><button>Sign in</button></div>
      </form>`
  })

export const passwordPage = ({ code, csrf, email, error, host }: CodeBound & { readonly email: string }): string =>
  document({
    title: "Set a password",
    host,
    step: "Sign in",
    body: html`<h1>Set a password</h1>
      <p class="soft">Your invite is used up now. Choose a password for the next time that you sign in.</p>
      ${errorNote(error)}
      <form method="post" action="/device/password">
        ${hidden(csrf, code)}
        <div class="field">
          <label for="email">E-mail</label>
          <input id="email" type="email" value="${email}" autocomplete="username" readonly />
        </div>
        <div class="field">
          <label for="password">New password</label>
          <input
            id="password"
            name="password"
            type="password"
            required
            minlength="${minPasswordLength}"
            maxlength="${maxPasswordLength}"
            autocomplete="new-password"
            ${described(error, "password-hint")}
          />
          <small id="password-hint">At least ${minPasswordLength} characters. Three or four words do well.</small>
        </div>
        <div class="field">
          <label for="again">The same password again</label>
          <input
            id="again"
            name="again"
            type="password"
            required
            minlength="${minPasswordLength}"
            maxlength="${maxPasswordLength}"
            autocomplete="new-password"
            ${described(error)}
          />
        </div>
        <div class="buttons"><button>Set password and continue</button></div>
      </form>`
  })

export interface Review extends CodeBound {
  readonly client: string
  readonly organization: string
  readonly role: string
  readonly person: string
  readonly email: string
  /** `2026-11-22 17:09 UTC` */
  readonly asked: string
  readonly ago: string
  readonly address: string
  readonly sameAddress: boolean
}

export const reviewPage = (review: Review): string =>
  document({
    title: "Approve this login?",
    host: review.host,
    step: "Approve",
    body: html`<h1>Approve this login?</h1>
      <p class="soft">
        A program asks to read agents as you. Approve only if you started this login yourself, just now, and your
        terminal shows this very code.
      </p>
      <dl>
        <div>
          <dt>Code</dt>
          <dd class="mono">${review.code}</dd>
        </div>
        <div>
          <dt>Program</dt>
          <dd>${review.client}</dd>
        </div>
        <div>
          <dt>Organization</dt>
          <dd>${review.organization}<small>as ${review.role}</small></dd>
        </div>
        <div>
          <dt>Asked</dt>
          <dd>${review.ago}<small>${review.asked}</small></dd>
        </div>
        <div>
          <dt>From address</dt>
          <dd>
            ${review.address}<small
              >${review.sameAddress ? "the same as this browser's" : "not the same as this browser's"}</small
            >
          </dd>
        </div>
      </dl>
      <form method="post" action="/device/decision">
        ${hidden(review.csrf, review.code)}
        <div class="buttons">
          <button name="decision" value="approve">Approve</button
          ><button class="plain" name="decision" value="deny">Deny</button>
        </div>
      </form>
      <form class="as" method="post" action="/device/sign-out">
        ${hidden(review.csrf, review.code)}
        <span>Signed in as ${review.person} (${review.email})</span><button class="link">Not you? Sign out</button>
      </form>`
  })

export const resultPage = ({ approved, host }: { readonly approved: boolean; readonly host: string }): string =>
  document({
    title: approved ? "Approved" : "Denied",
    host,
    body: approved
      ? html`<h1>Approved</h1>
          <div class="note good" role="status">
            <p>You are logged in on your device. Go back to your terminal; it goes on by itself.</p>
          </div>
          <p class="soft">
            You can close this page. To end the login later, run <span class="mono">crewkit auth logout</span> there.
          </p>`
      : html`<h1>Denied</h1>
          <div class="note" role="status"><p>The program was told no, and got nothing.</p></div>
          <p class="soft">
            You can close this page. If you did not start that login, somebody else asked for it: tell the person who
            keeps this registry.
          </p>`
  })

/** Something that cannot go on from here, and what to do. */
export const stopPage = ({
  host,
  text,
  title
}: {
  readonly host: string
  readonly title: string
  readonly text: string
}): string =>
  document({
    title,
    host,
    body: html`<h1>${title}</h1>
      <div class="note bad" role="alert"><p>${text}</p></div>
      <p><a href="/device">Enter a code</a></p>`
  })
