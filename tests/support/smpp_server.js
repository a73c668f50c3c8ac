// A message centre for tests, made of the npm package "smpp". Orders come as lines of JSON on the standard input, what
// happens is told as lines of JSON on the standard output. It ends with its input. Arguments: [certificate key]
'use strict';
const fs = require('fs');
const readline = require('readline');
const smpp = require(process.env.SMPP_PACKAGE);

const say = (event, fields) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
// how it behaves until the next order
let manner = {};
let submits = 0;
let ids = 0;
let held = [];
const sessions = new Set();

function receipt(session, pdu, id) {
  session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 0x04,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611211510 done date:2611211511 stat:DELIVRD err:000 Text:`,
  }, (answer) => manner.quiet || say('receipted', { id, status: answer.command_status }));
}

function answer(session, pdu, status) {
  const id = status ? undefined : String(++ids);
  if (!status && manner.receiptFirst) receipt(session, pdu, id);
  session.send(pdu.response({ command_status: status, message_id: id }));
  if (manner.twice) session.send(pdu.response({ command_status: status, message_id: id }));
  if (!status && manner.receipt) receipt(session, pdu, id);
}

function submitted(session, pdu) {
  submits += 1;
  if (!manner.quiet) {
    const text = pdu.short_message || {};
    say('submit', {
      to: pdu.destination_addr, from: pdu.source_addr, from_ton: pdu.source_addr_ton, text: text.message,
      udh: (text.udh || []).map((element) => Buffer.from(element).toString('hex')), esm_class: pdu.esm_class,
      data_coding: pdu.data_coding, registered: pdu.registered_delivery, system_id: session.system_id,
      sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
      payload: pdu.message_payload && pdu.message_payload.message,
    });
  }
  if (submits === manner.dieAt) return session.destroy();
  if (submits <= manner.throttleFirst) return answer(session, pdu, smpp.ESME_RTHROTTLED);
  if (manner.refuse) return answer(session, pdu, manner.refuse);
  if (manner.hold) return held.push([session, pdu]);
  return answer(session, pdu, 0);
}

function serve(session) {
  sessions.add(session);
  // an answer does not wait for the acknowledgement of the one before it, 40 ms later
  session.socket.setNoDelay(true);
  session.on('error', (error) => say('error', { message: error.message }));
  session.on('close', () => { sessions.delete(session); say('closed'); });
  for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(command, (pdu) => {
      say('bind', { command, system_id: pdu.system_id, password: pdu.password, version: pdu.interface_version });
      if (manner.ignoreBinds) return;
      session.system_id = pdu.system_id;
      session.receives = command !== 'bind_transmitter';
      session.send(pdu.response({ command_status: manner.refuseBinds || 0, system_id: 'centre' }));
    });
  }
  session.on('submit_sm', (pdu) => submitted(session, pdu));
  session.on('enquire_link', (pdu) => {
    say('enquire_link');
    if (!manner.deaf) session.send(pdu.response());
  });
  session.on('unbind', (pdu) => { say('unbind'); session.send(pdu.response()); session.close(); });
}

const orders = {
  manner: (order) => { manner = order.manner; submits = 0; },
  release: () => { const now = held; held = []; for (const [session, pdu] of now) answer(session, pdu, 0); },
  deliver: (order) => {
    const session = [...sessions].find((each) => each.receives);
    const fields = { ...order.pdu };
    if (fields.hex) { fields.short_message = Buffer.from(fields.hex, 'hex'); delete fields.hex; }
    session.deliver_sm(fields, (pdu) => say('delivered', { status: pdu.command_status, order: order.name }));
  },
  enquire: () => { for (const session of sessions) session.enquire_link((pdu) => say('alive', { status: pdu.command_status })); },
  unbind: () => { for (const session of sessions) session.unbind((pdu) => say('unbound', { status: pdu.command_status })); },
  raw: (order) => { for (const session of sessions) session.socket.write(Buffer.from(order.hex, 'hex')); },
  drop: () => { for (const session of sessions) session.destroy(); },
};

const [certificate, key] = process.argv.slice(2);
const options = certificate ? { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) } : {};
const server = smpp.createServer(options, serve);
server.on('error', (error) => say('error', { message: error.message }));
server.listen(0, '127.0.0.1', () => say('listening', { port: server.address().port }));
readline.createInterface({ input: process.stdin })
  .on('line', (line) => { const order = JSON.parse(line); orders[order.do](order); })
  .on('close', () => process.exit(0));
