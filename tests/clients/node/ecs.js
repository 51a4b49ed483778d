// A network and a server through the vendor's SDK for Node, with what the first argument (JSON) says.
'use strict';

const assert = require('assert');
const path = require('path');

const settings = JSON.parse(process.argv[2]);
const load = (name) => require(path.join(settings.modules, 'node_modules', name));

const { default: Ecs, ...models } = load('@alicloud/ecs20140526');
const { Config } = load('@alicloud/openapi-client');

const clientWith = (accessKeySecret) => new Ecs(new Config({
  accessKeyId: settings.accessKeyId,
  accessKeySecret,
  endpoint: settings.endpoint,
  protocol: 'http',
  regionId: settings.regionId,
}));

const until = async (what) => {
  for (const end = Date.now() + 60000; Date.now() < end;) {
    const found = await what();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come true in time');
};

async function main() {
  const client = clientWith(settings.accessKeySecret);
  const { regionId } = settings;

  const regions = (await client.describeRegions(new models.DescribeRegionsRequest({}))).body.regions.region;
  assert(regions.some((each) => each.regionId === 'us-west-1'));

  const launched = await client.runInstances(new models.RunInstancesRequest({
    regionId,
    imageId: 'ubuntu_22_04_x64_20G_alibase_20240807.vhd',
    instanceType: 'ecs.t6-c1m1.large',
    vSwitchId: settings.vSwitchId,
    securityGroupId: settings.securityGroupId,
    instanceName: '来自-Node',
    tag: [new models.RunInstancesRequestTag({ key: 'from', value: 'node' })],
    userData: Buffer.from('#!/bin/sh\necho served by $(hostname)\n').toString('base64'),
  }));
  const [instanceId] = launched.body.instanceIdSets.instanceIdSet;

  const find = async () => {
    const request = new models.DescribeInstancesRequest({ regionId, instanceIds: JSON.stringify([instanceId]) });
    return (await client.describeInstances(request)).body.instances.instance[0];
  };
  const running = await until(async () => {
    const found = await find();
    return found.status === 'Running' && found;
  });
  assert.strictEqual(running.instanceName, '来自-Node');
  assert.deepStrictEqual(running.tags.tag.map((each) => [each.tagKey, each.tagValue]), [['from', 'node']]);

  const console_ = new models.GetInstanceConsoleOutputRequest({ regionId, instanceId });
  await until(async () => {
    const { consoleOutput } = (await client.getInstanceConsoleOutput(console_)).body;
    return Buffer.from(consoleOutput || '', 'base64').toString().includes(`served by ${running.hostName}`);
  });

  await client.deleteInstance(new models.DeleteInstanceRequest({ instanceId, force: true }));
  await until(async () => !(await find()));

  const refusal = (promise) => promise.then(() => assert.fail('it was not refused'), (error) => error.code);
  const missing = new models.StartInstanceRequest({ instanceId });
  assert.strictEqual(await refusal(client.startInstance(missing)), 'InvalidInstanceId.NotFound');
  const forged = clientWith(`${settings.accessKeySecret}x`);
  const anything = new models.DescribeRegionsRequest({});
  assert.strictEqual(await refusal(forged.describeRegions(anything)), 'SignatureDoesNotMatch');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
