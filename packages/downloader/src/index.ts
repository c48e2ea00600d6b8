export { downloadMany } from "./download-many.ts";
export type { Downloads } from "./downloads.ts";
export { DownloadError } from "./errors.ts";
export type {
  DoneEvent,
  DownloadEvent,
  EndEvent,
  FailedEvent,
  ItemEvent,
  Reason,
  RetryEvent,
  SkippedEvent,
  StartEvent,
  Summary,
} from "./events.ts";
export type { GivenItem, ItemSource, Items } from "./input/item-source.ts";
export type { BadLine, ListEntry } from "./input/list-entry.ts";
export type { DownloadItem } from "./item.ts";
export type { DownloadOptions, Save, SavedFile, WhenClash, WhenExists } from "./options.ts";
export type { ActiveFile, ProgressView } from "./progress-view.ts";
