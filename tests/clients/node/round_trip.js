// A round trip through ali-oss. The settings come as JSON in the first argument; what went wrong goes to stderr.
'use strict';

const assert = require('node:assert');
const { createRequire } = require('node:module');
const crypto = require('node:crypto');

const { modules, bucket, signed, ...options } = JSON.parse(process.argv[2]);
const OSS = createRequire(`${modules}/package.json`)('ali-oss');

async function refused(code, promise) {
  await assert.rejects(promise, (error) => error.code === code || assert.fail(`${error.code}: ${error.message}`));
}

async function main() {
  const client = new OSS({ secure: false, ...options });
  await client.putBucket(bucket);
  client.useBucket(bucket);

  const key = 'folder/a name with spaces, 中文 and +%?&.bin';
  const content = crypto.randomBytes(200 * 1024);
  await client.put(key, content, { meta: { colour: 'red' }, mime: 'application/x-test' });
  const got = await client.get(key);
  assert.deepStrictEqual(got.content, content);
  assert.strictEqual(got.res.headers['content-type'], 'application/x-test');
  assert.strictEqual((await client.head(key)).meta.colour, 'red');

  const listed = await client.listV2({ prefix: 'folder/', 'max-keys': 10 });
  assert.deepStrictEqual(listed.objects.map((each) => [each.name, each.size]), [[key, content.length]]);

  await client.copy('copy', key);
  assert.deepStrictEqual((await client.get('copy')).content, content);

  const large = crypto.randomBytes(1024 * 1024);
  await client.multipartUpload('large', large, { partSize: 256 * 1024 });
  assert.deepStrictEqual((await client.get('large')).content, large);

  const part = await client.get('copy', { headers: { Range: 'bytes=5-9' } });
  assert.deepStrictEqual(part.content, content.subarray(5, 10));
  if (signed) {
    const answer = await fetch(client.signatureUrl('copy', { expires: 60 }));
    assert.strictEqual(answer.status, 200);
    assert.deepStrictEqual(Buffer.from(await answer.arrayBuffer()), content);
  }

  await refused('NoSuchKey', client.get('missing'));
  const gone = await client.deleteMulti([key, 'copy', 'large']);
  assert.strictEqual(gone.deleted.length, 3);
  await client.deleteBucket(bucket);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
