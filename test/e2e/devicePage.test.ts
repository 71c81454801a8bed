/** The device page in a real browser with JavaScript off: every step, and how it looks where CREWKIT_SHOTS says. */
import { assert, describe, it } from "@effect/vitest"
import { join } from "node:path"
import { type BrowserContextOptions, chromium as playwright, type Page } from "playwright-core"
import { chromium, skipUnless } from "../support/needs.ts"
import { type RegistryServer, servable, serveRegistry } from "../support/registryServer.ts"

const { skip, suffix } = skipUnless([chromium])

/** A folder for pictures, to be looked at. */
const shots = process.env["CREWKIT_SHOTS"]

const looks: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 900, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 900, height: 900 }, colorScheme: "dark" },
  narrow: { viewport: { width: 320, height: 640 }, colorScheme: "light" }
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync"
]

const deviceCode = async (registry: RegistryServer): Promise<{ device_code: string; user_code: string }> => {
  const body = new URLSearchParams({ client_id: "crewkit-cli" })
  return JSON.parse(await (await fetch(`${registry.url}/api/v1/auth/device`, { method: "POST", body })).text())
}

const poll = async (registry: RegistryServer, device_code: string): Promise<string> => {
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code"
  const body = new URLSearchParams({ grant_type, device_code, client_id: "crewkit-cli" })
  const response = await fetch(`${registry.url}/api/v1/auth/token`, { method: "POST", body })
  const answer: { readonly error?: string } = JSON.parse(await response.text())
  return answer.error ?? "granted"
}

const withPage = async (look: string, use: (page: Page) => Promise<void>): Promise<void> => {
  const browser = await playwright.launch({ executablePath: chromium.path ?? "", args: flags })
  try {
    const context = await browser.newContext({ ...looks[look], javaScriptEnabled: false })
    const page = await context.newPage()
    const troubles: Array<string> = []
    page.on("console", (message) => troubles.push(message.text()))
    await use(page)
    // A style or a form that the content security policy stops says so here.
    assert.deepStrictEqual(
      troubles.filter((text) => !text.includes("status of 4")),
      []
    )
  } finally {
    await browser.close()
  }
}

describe.skipIf(skip || !servable)(`the device page in Chromium${suffix}`, () => {
  it.for(Object.keys(looks))("leads through a login without JavaScript (%s)", async (look) => {
    await using registry = await serveRegistry()
    const invite = await registry.invite("noor@acme.example")
    const { device_code, user_code } = await deviceCode(registry)
    await withPage(look, async (page) => {
      let count = 0
      const shoot = async (name: string): Promise<void> => {
        const width = await page.locator("html").evaluate((html) => [html.scrollWidth, html.clientWidth])
        assert.strictEqual(width[0], width[1], `${name} is wider than the window`)
        count++
        if (shots !== undefined)
          await page.screenshot({ path: join(shots, `${look}-${count}-${name}.png`), fullPage: true })
      }
      await page.goto(`${registry.url}/device`)
      await page.getByLabel("Code").fill("not a code")
      await page.getByRole("button", { name: "Continue" }).click()
      await page.getByRole("alert").waitFor()
      await shoot("wrong-code")
      await page.goto(`${registry.url}/device?user_code=${user_code}`)
      assert.strictEqual(await page.getByLabel("Code").inputValue(), user_code)
      await shoot("code")
      // The keyboard alone does it too.
      await page.getByLabel("Code").press("Enter")
      await page.getByLabel("E-mail").fill("noor@acme.example")
      await page.getByLabel("Password or one-time invite").fill("wrong")
      await page.getByRole("button", { name: "Sign in" }).click()
      await page.getByRole("alert").waitFor()
      assert.strictEqual(await page.getByLabel("E-mail").inputValue(), "noor@acme.example")
      await shoot("sign-in")
      await page.getByLabel("Password or one-time invite").fill(invite)
      await page.getByLabel("Password or one-time invite").press("Enter")
      await page.getByLabel("New password").fill("correct horse battery")
      await page.getByLabel("The same password again").fill("correct horse battery")
      await shoot("password")
      await page.getByRole("button", { name: "Set password and continue" }).click()
      await page.getByRole("heading", { name: "Approve this login?" }).waitFor()
      assert.isTrue(await page.getByText(user_code).isVisible())
      assert.isTrue(await page.getByText("the same as this browser's").isVisible())
      await page.keyboard.press("Tab")
      await shoot("approve")
      await page.getByRole("button", { name: "Approve" }).click()
      await page.getByRole("heading", { name: "Approved" }).waitFor()
      await shoot("approved")
      assert.strictEqual(await poll(registry, device_code), "granted")
      // The invite is used up; the password holds.
      const second = await deviceCode(registry)
      await page.goto(`${registry.url}/device?user_code=${second.user_code}`)
      await page.getByRole("button", { name: "Continue" }).click()
      await page.getByLabel("E-mail").fill("noor@acme.example")
      await page.getByLabel("Password or one-time invite").fill(invite)
      await page.getByRole("button", { name: "Sign in" }).click()
      await page.getByRole("alert").waitFor()
      await page.getByLabel("Password or one-time invite").fill("correct horse battery")
      await page.getByRole("button", { name: "Sign in" }).click()
      await page.getByRole("button", { name: "Deny" }).click()
      await page.getByRole("heading", { name: "Denied" }).waitFor()
      await shoot("denied")
      assert.strictEqual(await poll(registry, second.device_code), "access_denied")
      await page.goto(`${registry.url}/device/approve?user_code=${second.user_code}`)
      await page.getByRole("heading", { name: "Sign in" }).waitFor()
    })
  })
})
