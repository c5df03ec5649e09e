/** A service as you might have it. It uses kafkajs and knows nothing of Faultline. */
const { Kafka, logLevel } = require('kafkajs');

exports.Shop = class {
  #producer;

  constructor(brokers) {
    const kafka = new Kafka({ clientId: 'shop', brokers, logLevel: logLevel.NOTHING });
    this.#producer = kafka.producer({ idempotent: true });
  }

  open() {
    return this.#producer.connect();
  }

  /** Answers where the order stands. */
  async order(value) {
    const [{ partition, baseOffset }] = await this.#producer.send({ topic: 'orders', messages: [{ value }] });
    return { partition, offset: Number(baseOffset) };
  }
};
