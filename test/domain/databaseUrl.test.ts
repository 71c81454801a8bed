import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseDatabaseUrl } from "../../src/domain/databaseUrl.ts"

describe("the URL of a database", () => {
  it("is shown without who signs in and how", () => {
    const cases = [
      ["postgres://crewkit:s%2Fcret@localhost/crewkit", "postgres://localhost/crewkit"],
      ["postgresql://u:p@127.0.0.1:5433/db", "postgres://127.0.0.1:5433/db"],
      ["postgres://u:p@[::1]/db", "postgres://[::1]/db"],
      ["postgres://u:p@db.example.com/db?sslmode=require", "postgres://db.example.com/db"],
      ["postgres:///db?host=/run/postgresql&user=u&password=p", "postgres:///run/postgresql/db"],
      ["postgres://u@%2Frun%2Fpostgresql/db", "postgres:///run/postgresql/db"]
    ] as const
    for (const [url, shown] of cases) assert.deepStrictEqual(parseDatabaseUrl(url), Result.succeed(shown), url)
  })

  it("is refused where a part of the password would be taken for something else, and is not repeated", () => {
    for (const secret of ["12#34secret", "12/34secret", "12?34secret", "a@b/secret", "secret%", "se cret:/"]) {
      const url = `postgres://u:${secret}@localhost/db`
      const result = parseDatabaseUrl(url)
      const told = Result.isSuccess(result) ? result.success : result.failure
      assert.notInclude(told, "secret", url)
      assert.notInclude(told, "12", url)
    }
  })

  it("is refused where it is none, names no database, or would cross a network unencrypted unasked", () => {
    const wrong = ["", "x", "mysql://localhost/db", "postgres://localhost", "postgres://localhost/", "postgres://db/db"]
    for (const url of wrong) assert.isTrue(Result.isFailure(parseDatabaseUrl(url)), url)
    assert.isTrue(Result.isSuccess(parseDatabaseUrl("postgres://db/db?sslmode=disable")))
  })
})
