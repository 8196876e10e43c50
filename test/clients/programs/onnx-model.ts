import { floats } from '../data.js';

/** A field of a protocol buffer: its number, and an integer, text, bytes or a message. */
type Field = readonly [number, number | string | Uint8Array | readonly Field[]];

const [VARINT, LENGTH_DELIMITED] = [0, 2];
/** TensorProto.DataType and AttributeProto.AttributeType of onnx.proto. */
const FLOAT = 1;
const INTS = 7;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return [...bytes, value];
}

function encode(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      parts.push(Uint8Array.from([...varint(number * 8 + VARINT), ...varint(value)]));
      continue;
    }
    const body =
      typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : encode(value);
    parts.push(Uint8Array.from([...varint(number * 8 + LENGTH_DELIMITED), ...varint(body.length)]), body);
  }
  return Buffer.concat(parts);
}

function weights(name: string, dims: readonly number[], seed: number): Field {
  const values = floats(
    dims.reduce((product, dim) => product * dim, 1),
    seed,
  );
  return [
    5,
    [...dims.map((dim): Field => [1, dim]), [2, FLOAT], [8, name], [9, new Uint8Array(values.buffer)]],
  ];
}

function node(
  type: string,
  inputs: readonly string[],
  output: string,
  ints: Record<string, number[]> = {},
): Field {
  const attributes = Object.entries(ints).map(
    ([name, values]): Field => [5, [[1, name], ...values.map((value): Field => [8, value]), [20, INTS]]],
  );
  return [
    1,
    [...inputs.map((input): Field => [1, input]), [2, output], [3, output], [4, type], ...attributes],
  ];
}

/** A tensor of floats, whose dimensions are numbers or names of what is known later. */
function value(field: 11 | 12, name: string, dims: readonly (number | string)[]): Field {
  const shape = dims.map((dim): Field => [1, [typeof dim === 'number' ? [1, dim] : [2, dim]]]);
  return [
    field,
    [
      [1, name],
      [
        2,
        [
          [
            1,
            [
              [1, FLOAT],
              [2, shape],
            ],
          ],
        ],
      ],
    ],
  ];
}

const PADDED = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/**
 * A small network of two convolutions and a classifier, as an ONNX model: `image` (1 × 3 × height × width) to `features`
 * (1 × 16 × height × width) and `classes` (1 × 64).
 */
export function onnxModel(): Uint8Array {
  const graph: Field[] = [
    node('Conv', ['image', 'w1'], 'c1', PADDED),
    node('Relu', ['c1'], 'r1'),
    node('Conv', ['r1', 'w2'], 'c2', PADDED),
    node('Tanh', ['c2'], 'features'),
    node('GlobalAveragePool', ['features'], 'p'),
    node('Flatten', ['p'], 'f'),
    node('MatMul', ['f', 'w3'], 'm'),
    node('Softmax', ['m'], 'classes'),
    [2, 'network'],
    weights('w1', [16, 3, 3, 3], 10),
    weights('w2', [16, 16, 3, 3], 11),
    weights('w3', [16, 64], 12),
    value(11, 'image', [1, 3, 'height', 'width']),
    value(12, 'features', [1, 16, 'height', 'width']),
    value(12, 'classes', [1, 64]),
  ];
  // IR version 8, operators of version 13.
  return encode([
    [1, 8],
    [7, graph],
    [
      8,
      [
        [1, ''],
        [2, 13],
      ],
    ],
  ]);
}
