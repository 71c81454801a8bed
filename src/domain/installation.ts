/** How a copy of crewkit came to where it is, told by paths alone, and the command that brings the next version. */

export const packageName = "@crewkit/cli"

export const installers = [
  "npm",
  "pnpm",
  "yarn",
  "bun",
  "volta",
  "homebrew",
  "npx",
  "pnpm-dlx",
  "yarn-dlx",
  "bunx",
  "project",
  "executable",
  "source",
  "unknown"
] as const

export interface Installed {
  readonly by: (typeof installers)[number]
  /** What to type. */
  readonly command: string
}

/** What the paths are judged by; each fact is looked up beforehand, so that every system can be tested on any. */
export interface InstallationFacts {
  /** The program's file with all links followed. */
  readonly real: string
  /** As it was called, links and all. */
  readonly called: string
  /** Whether the program is one file with Node inside. */
  readonly executable: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Names in a folder; empty where there is none. */
  readonly list: (folder: string) => ReadonlyArray<string>
  /** Where the package.json of a folder lists crewkit; undefined where it does not. */
  readonly listedIn: (folder: string) => "dependencies" | "devDependencies" | undefined
}

const slashes = (path: string): string => path.replaceAll("\\", "/")

const parentOf = (folder: string): string => folder.slice(0, folder.lastIndexOf("/"))

/** A folder of an environment variable, and whether a path is in it. */
const inside = (path: string, folder: string | undefined): boolean => {
  const own = slashes(folder ?? "").replace(/\/+$/, "")
  return own !== "" && path.toLowerCase().startsWith(`${own.toLowerCase()}/`)
}

/** A folder's name may hold anything; this is for a person to read and paste. */
const quoted = (path: string): string => (/^[\w/.:@+-]+$/.test(path) ? path : `"${path.replace(/["$`\\]/g, "\\$&")}"`)

const latest = `${packageName}@latest`

/** Copies that a runner fetched for one call. */
const runners: ReadonlyArray<readonly [RegExp, Installed]> = [
  [/\/_npx\//, { by: "npx", command: `npx ${latest}` }],
  [
    /\/pnpm\/(?:[^/]+\/)?dlx[-/]|\/dlx-[^/]+\/node_modules\/\.pnpm\//,
    { by: "pnpm-dlx", command: `pnpm dlx ${latest}` }
  ],
  [/\/bunx-[^/]+\//, { by: "bunx", command: `bunx ${latest}` }],
  [/\/xfs-[^/]+\/dlx-/, { by: "yarn-dlx", command: `yarn dlx ${latest}` }]
]

/** Places of their own that package managers have for what is installed for the whole account. */
const accounts: ReadonlyArray<readonly [RegExp, Installed]> = [
  [/\/\.?volta\/tools\/image\/packages\//i, { by: "volta", command: `volta install ${latest}` }],
  [/\/\.bun\/install\/global\//, { by: "bun", command: `bun add -g ${latest}` }],
  [/\/\.?pnpm\/global\//, { by: "pnpm", command: `pnpm add -g ${latest}` }],
  [/\/yarn\/(?:data\/)?global\/node_modules\//i, { by: "yarn", command: `yarn global add ${latest}` }],
  [/\/Cellar\/crewkit\//, { by: "homebrew", command: "brew upgrade crewkit" }]
]

/** By variables, for folders that were moved; pnpm and volta start what is linked elsewhere. */
const byVariables = ({ env }: InstallationFacts, paths: ReadonlyArray<string>): Installed | undefined => {
  const under = (folder: string | undefined) => paths.some((path) => inside(path, folder))
  const bun = env["BUN_INSTALL"]
  if (under(env["VOLTA_HOME"])) return { by: "volta", command: `volta install ${latest}` }
  if (bun !== undefined && under(`${bun}/install/global`)) return { by: "bun", command: `bun add -g ${latest}` }
  if (under(env["PNPM_HOME"])) return { by: "pnpm", command: `pnpm add -g ${latest}` }
  return undefined
}

const adders: ReadonlyArray<readonly [lockfile: string, add: string, dev: string]> = [
  ["pnpm-lock.yaml", "pnpm add", "-D"],
  ["yarn.lock", "yarn add", "-D"],
  ["bun.lock", "bun add", "-d"],
  ["bun.lockb", "bun add", "-d"],
  ["package-lock.json", "npm install", "-D"],
  ["npm-shrinkwrap.json", "npm install", "-D"]
]

/** A workspace keeps its lock file above the package that lists crewkit. */
const projectCommand = (folder: string, facts: InstallationFacts): Installed => {
  const dev = facts.listedIn(folder) !== "dependencies"
  for (let above = folder; above !== ""; above = parentOf(above)) {
    const names = facts.list(above)
    const found = adders.find(([lockfile]) => names.includes(lockfile))
    if (found !== undefined) return { by: "project", command: `${found[1]}${dev ? ` ${found[2]}` : ""} ${latest}` }
    if (names.includes(".git")) break
  }
  return { by: "project", command: `npm install${dev ? " -D" : ""} ${latest}` }
}

export const installationOf = (facts: InstallationFacts): Installed => {
  if (facts.executable)
    return { by: "executable", command: "download it from https://github.com/karibew/crewkit-cli/releases/latest" }
  const real = slashes(facts.real)
  const paths = [real, slashes(facts.called)]
  const known = [...runners, ...accounts].find(([form]) => paths.some((path) => form.test(path)))
  if (known !== undefined) return known[1]
  const variable = byVariables(facts, paths)
  if (variable !== undefined) return variable
  const end = real.search(/\/node_modules\/(?:\.pnpm\/[^/]+\/node_modules\/)?@crewkit\/cli\//)
  if (end >= 0) {
    const folder = real.slice(0, end)
    // npm's prefix has no package.json beside its node_modules; a project does.
    return facts.list(folder).includes("package.json")
      ? projectCommand(folder, facts)
      : { by: "npm", command: `npm install -g ${latest}` }
  }
  const root = parentOf(parentOf(real))
  return ["src", "package.json"].every((name) => facts.list(root).includes(name))
    ? { by: "source", command: `cd ${quoted(root)} && git pull && npm ci && npm run build` }
    : { by: "unknown", command: `npm install -g ${latest}` }
}
