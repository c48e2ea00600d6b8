/** `npm run bench:republish`: makes the table, the plot and the README's part anew from `results/results.json`. */
import { publish, read } from "./publish.ts";

publish(read());
