import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { chooseRemote, proposalOf } from "../../src/domain/gitRemote.ts"
import { checked, Text } from "../fakes/agentArbitraries.ts"

const shown = (remote: string): string | undefined => {
  const proposal = proposalOf(remote)
  return proposal === undefined ? undefined : `${proposal.org}/${proposal.project}`
}

describe("a git remote proposes organization and project", () => {
  const named: ReadonlyArray<readonly [remote: string, proposal: string]> = [
    ["git@github.com:acme/web-shop.git", "acme/web-shop"],
    ["git@github.com:acme/web-shop", "acme/web-shop"],
    ["github.com:acme/web-shop.git", "acme/web-shop"],
    ["https://github.com/acme/web-shop.git", "acme/web-shop"],
    ["https://github.com/acme/web-shop", "acme/web-shop"],
    ["https://github.com/acme/web-shop/", "acme/web-shop"],
    ["https://github.com/acme/web-shop.git/", "acme/web-shop"],
    ["HTTPS://GitHub.com/Acme/Web-Shop.GIT", "acme/web-shop"],
    ["http://localhost:3000/acme/web-shop.git", "acme/web-shop"],
    ["https://user:word@git.example.com:8443/acme/web-shop.git", "acme/web-shop"],
    ["https://git.example.com/acme/web-shop.git?x=1#top", "acme/web-shop"],
    ["ssh://git@github.com/acme/web-shop.git", "acme/web-shop"],
    ["ssh://git@git.example.com:2222/acme/web-shop.git", "acme/web-shop"],
    ["git+ssh://git@github.com/acme/web-shop.git", "acme/web-shop"],
    ["git://github.com/acme/web-shop.git", "acme/web-shop"],
    ["git@gitlab.com:group/subgroup/web-shop.git", "subgroup/web-shop"],
    ["https://gitlab.com/group/sub/deeper/web-shop", "deeper/web-shop"],
    ["git@ssh.dev.azure.com:v3/acme/web-shop/api", "web-shop/api"],
    ["org-123@github.com:acme/web.shop.git", "acme/web-shop"],
    ["git@github.com:Acme Inc/Web_Shop 2.git", "acme-inc/web-shop-2"],
    ["  git@github.com:acme/web-shop.git\n", "acme/web-shop"],
    ["git@host:/acme/web-shop.git", "acme/web-shop"],
    ["[::1]:acme/web-shop.git", "acme/web-shop"]
  ]

  for (const [remote, proposal] of named) {
    it(`${JSON.stringify(remote)} proposes ${proposal}`, () => {
      assert.strictEqual(shown(remote), proposal)
    })
  }

  const unnamed: ReadonlyArray<readonly [said: string, remote: string]> = [
    ["an absolute path", "/srv/git/acme/web-shop.git"],
    ["a path from here", "./acme/web-shop.git"],
    ["a path from the folder above", "../acme/web-shop.git"],
    ["a path with a colon in a later part", "./odd:name/web-shop.git"],
    ["a home folder", "~/git/acme/web-shop.git"],
    ["a file URL", "file:///srv/git/acme/web-shop.git"],
    ["a Windows path", "C:\\git\\acme\\web-shop.git"],
    ["a Windows path with slashes", "C:/git/acme/web-shop.git"],
    ["a network share", "\\\\server\\git\\acme\\web-shop.git"],
    ["one part alone", "git@github.com:web-shop.git"],
    ["one part of a URL alone", "https://github.com/web-shop.git"],
    ["a host alone", "https://github.com/"],
    ["letters that no slug can be made of", "git@github.com:団体/倉庫.git"],
    ["a name that is only an ending", "https://github.com/acme/.git"],
    ["another kind of URL", "ftp://example.com/acme/web-shop.git"],
    ["nothing", ""]
  ]

  for (const [said, remote] of unnamed) {
    it(`${said} proposes nothing`, () => {
      assert.isUndefined(shown(remote))
    })
  }

  it.prop(
    "whatever the remote, what it proposes could stand in the configuration",
    [Schema.Array(Text), Schema.Literals(["https://host/", "git@host:", "ssh://git@host:22/", ""])],
    ([parts, start]) => {
      const proposal = proposalOf(`${start}${parts.join("/")}`)
      if (proposal === undefined) return
      assert.match(proposal.org, /^[a-z0-9][a-z0-9-]{0,63}$/)
      assert.match(proposal.project, /^[a-z0-9][a-z0-9-]{0,63}$/)
    },
    checked
  )
})

describe("of several remotes", () => {
  const urls = { own: "git@github.com:me/web-shop.git", team: "git@github.com:acme/web-shop.git", path: "/srv/git/x" }
  const chosen = (remotes: Record<string, string>): string | undefined => {
    const proposal = chooseRemote(new Map(Object.entries(remotes)))
    return proposal === undefined ? undefined : `${proposal.org}/${proposal.project}`
  }

  it("origin is gone by, wherever it stands", () => {
    assert.strictEqual(chosen({ upstream: urls.team, fork: urls.team, origin: urls.own }), "me/web-shop")
  })

  it("then upstream", () => {
    assert.strictEqual(chosen({ fork: urls.own, upstream: urls.team }), "acme/web-shop")
  })

  it("then the first that names two parts", () => {
    assert.strictEqual(chosen({ backup: urls.path, fork: urls.own, other: urls.team }), "me/web-shop")
  })

  it("an origin that is a path on this machine is passed over", () => {
    assert.strictEqual(chosen({ origin: urls.path, upstream: urls.team }), "acme/web-shop")
  })

  it("none proposes nothing", () => {
    assert.isUndefined(chosen({}))
    assert.isUndefined(chosen({ origin: urls.path }))
  })
})
