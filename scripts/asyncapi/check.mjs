// Checks an AsyncAPI document with the AsyncAPI project's own parser: the
// document itself, its references, and the schemas that it refers to.
import { Parser, fromFile } from '@asyncapi/parser';

const file = process.argv[2];
const parser = new Parser();
const { document, diagnostics } = await fromFile(parser, file).parse();
const findings = diagnostics.filter((d) => d.severity <= 1); // errors and warnings
for (const d of findings) {
  console.error(`${file}:${d.range.start.line + 1}: ${d.message} (${d.path.join('.')})`);
}
if (!document || findings.length > 0) {
  process.exit(1);
}
console.log(`asyncapi:  ${file} is valid: ${document.messages().length} messages, ${document.channels().length} channel`);
