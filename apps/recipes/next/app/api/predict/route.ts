import { noGrad, tensor } from '@dl/core';
import { train } from '../../train';

const net = train(); // once per server process; or load() a file here

export async function POST(request: Request) {
  const x: number[] = await request.json();
  const y = noGrad(() => net.forward(tensor(x).unsqueeze(1)).squeeze(1));
  return Response.json(y.toArray());
}
