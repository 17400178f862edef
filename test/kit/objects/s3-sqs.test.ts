import { ContractError } from '../../../shared/contract/errors';
import type { HttpRequest } from '../../../shared/contract/http';
import { openS3 } from '../../../shared/kit/objects/s3-sqs';
import { pullContext } from '../../fakes/scripted-http';

test('an address that is not a queue is a SettingError, which quotes it', async () => {
  const asked: HttpRequest[] = [];
  const http = {
    async request(request: HttpRequest): Promise<never> {
      asked.push(request);
      throw new ContractError('asking /: 400 Bad Request: {"__type":"com.amazonaws.sqs#QueueDoesNotExist"}', {
        status: 400,
      });
    },
  };
  const settings = { queue: 'https://sqs.eu-west-1.amazonaws.com/123456789012/events', id: 'i', secret: 's' };
  const store = await openS3(
    { store: 's3', queue: 'queue', keys: { id: 'id', secret: 'secret' } },
    pullContext(http, { settings }),
  );
  await expect(store.receive()).rejects.toMatchObject({
    name: 'SettingError',
    message: expect.stringMatching(
      /^receiving messages of the queue: SQS has no queue at this address\. Check the setting queue\.$/,
    ),
  });
  expect(asked.map(({ url }) => url)).toEqual(['https://sqs.eu-west-1.amazonaws.com/']);
});
