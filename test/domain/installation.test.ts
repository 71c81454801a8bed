import { assert, describe, it } from "@effect/vitest"
import { type InstallationFacts, installationOf } from "../../src/domain/installation.ts"

interface Place {
  readonly real: string
  readonly called?: string
  readonly env?: Record<string, string>
  /** Names in folders. */
  readonly files?: Record<string, ReadonlyArray<string>>
  readonly listed?: "dependencies" | "devDependencies"
}

const factsOf = ({ called, env = {}, files = {}, listed, real }: Place): InstallationFacts => ({
  real,
  called: called ?? real,
  executable: false,
  env,
  list: (folder) => files[folder] ?? [],
  listedIn: () => listed
})

const cli = "node_modules/@crewkit/cli/dist/launcher.cjs"
const windowsCli = "node_modules\\@crewkit\\cli\\dist\\launcher.cjs"

const places: ReadonlyArray<readonly [what: string, place: Place, by: string, command: string]> = [
  ["npm on Linux", { real: `/usr/local/lib/${cli}` }, "npm", "npm install -g @crewkit/cli@latest"],
  [
    "npm of nvm",
    { real: `/home/a b/.nvm/versions/node/v24.1.0/lib/${cli}` },
    "npm",
    "npm install -g @crewkit/cli@latest"
  ],
  ["npm of Homebrew's Node", { real: `/opt/homebrew/lib/${cli}` }, "npm", "npm install -g @crewkit/cli@latest"],
  [
    "npm on Windows",
    { real: `C:\\Users\\Ada\\AppData\\Roaming\\npm\\${windowsCli}` },
    "npm",
    "npm install -g @crewkit/cli@latest"
  ],
  ["npx", { real: `/home/ada/.npm/_npx/0a1b2c/${cli}` }, "npx", "npx @crewkit/cli@latest"],
  [
    "npx on Windows",
    { real: `C:\\Users\\Ada\\AppData\\Local\\npm-cache\\_npx\\0a1b\\${windowsCli}` },
    "npx",
    "npx @crewkit/cli@latest"
  ],
  [
    "pnpm",
    {
      real: "/home/ada/.local/share/pnpm/global/5/.pnpm/@crewkit+cli@0.1.0/node_modules/@crewkit/cli/dist/launcher.cjs"
    },
    "pnpm",
    "pnpm add -g @crewkit/cli@latest"
  ],
  ["pnpm on macOS", { real: `/Users/ada/Library/pnpm/global/5/${cli}` }, "pnpm", "pnpm add -g @crewkit/cli@latest"],
  [
    "pnpm on Windows",
    { real: `C:\\Users\\Ada\\AppData\\Local\\pnpm\\global\\5\\${windowsCli}` },
    "pnpm",
    "pnpm add -g @crewkit/cli@latest"
  ],
  [
    "pnpm with its store elsewhere",
    {
      real: `/data/store/v10/links/x/${cli}`,
      called: "/data/pnpm-home/crewkit",
      env: { PNPM_HOME: "/data/pnpm-home" }
    },
    "pnpm",
    "pnpm add -g @crewkit/cli@latest"
  ],
  ["pnpm dlx", { real: `/home/ada/.cache/pnpm/dlx/abc/x/${cli}` }, "pnpm-dlx", "pnpm dlx @crewkit/cli@latest"],
  [
    "pnpm dlx of older versions",
    { real: `/home/ada/.local/share/pnpm/store/dlx-77/${cli}` },
    "pnpm-dlx",
    "pnpm dlx @crewkit/cli@latest"
  ],
  ["yarn", { real: `/home/ada/.config/yarn/global/${cli}` }, "yarn", "yarn global add @crewkit/cli@latest"],
  [
    "yarn on Windows",
    { real: `C:\\Users\\Ada\\AppData\\Local\\Yarn\\Data\\global\\${windowsCli}` },
    "yarn",
    "yarn global add @crewkit/cli@latest"
  ],
  ["yarn dlx", { real: `/tmp/xfs-1a2b/dlx-99/${cli}` }, "yarn-dlx", "yarn dlx @crewkit/cli@latest"],
  ["bun", { real: `/home/ada/.bun/install/global/${cli}` }, "bun", "bun add -g @crewkit/cli@latest"],
  [
    "bun elsewhere",
    { real: `/opt/bun/install/global/${cli}`, env: { BUN_INSTALL: "/opt/bun" } },
    "bun",
    "bun add -g @crewkit/cli@latest"
  ],
  ["bunx", { real: `/tmp/bunx-1000-@crewkit/${cli}` }, "bunx", "bunx @crewkit/cli@latest"],
  [
    "volta",
    { real: `/home/ada/.volta/tools/image/packages/@crewkit/cli/lib/${cli}` },
    "volta",
    "volta install @crewkit/cli@latest"
  ],
  [
    "volta on Windows",
    { real: `C:\\Users\\Ada\\AppData\\Local\\Volta\\tools\\image\\packages\\@crewkit\\cli\\${windowsCli}` },
    "volta",
    "volta install @crewkit/cli@latest"
  ],
  ["Homebrew", { real: `/opt/homebrew/Cellar/crewkit/0.1.0/libexec/lib/${cli}` }, "homebrew", "brew upgrade crewkit"],
  [
    "a project with npm",
    {
      real: `/work/shop/${cli}`,
      files: { "/work/shop": ["package.json", "package-lock.json"] },
      listed: "devDependencies"
    },
    "project",
    "npm install -D @crewkit/cli@latest"
  ],
  [
    "a project called lib",
    { real: `/work/lib/${cli}`, files: { "/work/lib": ["package.json"] }, listed: "dependencies" },
    "project",
    "npm install @crewkit/cli@latest"
  ],
  [
    "a workspace with pnpm",
    {
      real: "/work/node_modules/.pnpm/@crewkit+cli@0.1.0/node_modules/@crewkit/cli/dist/launcher.cjs",
      files: { "/work": ["package.json", "pnpm-lock.yaml"] }
    },
    "project",
    "pnpm add -D @crewkit/cli@latest"
  ],
  [
    "a package whose lock is above it",
    { real: `/work/apps/web/${cli}`, files: { "/work/apps/web": ["package.json"], "/work": [".git", "yarn.lock"] } },
    "project",
    "yarn add -D @crewkit/cli@latest"
  ],
  [
    "a lock file above the repository is somebody else's",
    { real: `/work/web/${cli}`, files: { "/work/web": ["package.json", ".git"], "/work": ["yarn.lock"] } },
    "project",
    "npm install -D @crewkit/cli@latest"
  ],
  [
    "a project with bun on Windows",
    { real: `C:\\work\\shop\\${windowsCli}`, files: { "C:/work/shop": ["package.json", "bun.lock"] } },
    "project",
    "bun add -d @crewkit/cli@latest"
  ],
  [
    "a clone",
    { real: "/work/my clone/dist/launcher.cjs", files: { "/work/my clone": ["src", "package.json"] } },
    "source",
    'cd "/work/my clone" && git pull && npm ci && npm run build'
  ],
  ["anything else", { real: "/opt/x/launcher.cjs" }, "unknown", "npm install -g @crewkit/cli@latest"]
]

describe("how a copy was installed", () => {
  for (const [what, place, by, command] of places) {
    it(what, () => assert.deepStrictEqual(installationOf(factsOf(place)), { by, command } as never))
  }

  it("one file with Node inside", () => {
    const installed = installationOf({ ...factsOf({ real: "/usr/bin/crewkit" }), executable: true })
    assert.strictEqual(installed.by, "executable")
    assert.include(installed.command, "https://github.com/karibew/crewkit-cli/releases/latest")
  })
})
