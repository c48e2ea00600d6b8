import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DownloadError } from "../../src/errors.ts";
import { fileError } from "../../src/files/file-errors.ts";
import { systemError } from "./temporary.ts";

describe("fileError", () => {
  it("says what was tried, with which file, and why it failed", () => {
    const cause = systemError("ENOSPC");
    const error = fileError(cause, "write", "a\x1b.txt");
    assert.ok(error instanceof DownloadError);
    assert.equal(error.message, 'Can\'t write "a\\u{1b}.txt": the disk is full (ENOSPC)');
    assert.equal(error.cause, cause);
  });

  it("has stable codes", () => {
    const codes = {
      ENOSPC: "DISK_FULL",
      EDQUOT: "DISK_FULL",
      EACCES: "PERMISSION",
      EROFS: "PERMISSION",
      EISDIR: "NOT_A_FILE",
    };
    const more = {
      ENOTDIR: "NOT_A_FOLDER",
      ENAMETOOLONG: "NAME_TOO_LONG",
      EMFILE: "TOO_MANY_FILES",
      ELOOP: "LINK",
      EIO: "DISK",
    };
    for (const [errno, code] of Object.entries({ ...codes, ...more })) {
      assert.equal((fileError(systemError(errno), "write", "a") as DownloadError).code, `ERR_${code}`, errno);
    }
  });

  it("leaves what is none of the file system", () => {
    for (const error of [
      new DownloadError("ERR_LINK", "x"),
      new TypeError("x"),
      systemError("ERR_INVALID_ARG_VALUE"),
      null,
      "x",
    ]) {
      assert.equal(fileError(error, "write", "a"), error);
    }
  });
});
