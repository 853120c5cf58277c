// Sends a file with tus-js-client, remembering its upload: arguments as JSON on the command line.
import { createReadStream, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const job = JSON.parse(process.argv[2]);
const require = createRequire(join(job.modules, "package.json"));
const tus = require("tus-js-client");

const upload = new tus.Upload(createReadStream(job.path), {
  endpoint: job.endpoint,
  headers: job.headers,
  metadata: job.metadata,
  chunkSize: job.chunk,
  uploadSize: statSync(job.path).size,
  retryDelays: job.retryDelays,
  urlStorage: new tus.FileUrlStorage(job.memory),
  fingerprint: () => Promise.resolve(job.fingerprint),
  storeFingerprintForResuming: true,
  uploadDataDuringCreation: job.duringCreation ?? false,
  onChunkComplete: () => {
    const until = Date.now() + (job.pause ?? 0) * 1000;
    while (Date.now() < until);
  },
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => process.exit(0),
});
for (const previous of await upload.findPreviousUploads()) {
  upload.resumeFromPreviousUpload(previous);
}
upload.start();
