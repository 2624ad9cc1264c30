'use client';

import { useState } from 'react';

export function Trainer() {
  const [text, setText] = useState('');

  async function here() {
    const { tensor } = await import('@dl/core');
    const { train } = await import('./train');
    const y = train()
      .forward(tensor([[10]]))
      .item();
    setText(`in the browser: ${y.toFixed(4)}`);
  }

  async function onServer() {
    const response = await fetch('/api/predict', { method: 'POST', body: JSON.stringify([10]) });
    const [y] = await response.json();
    setText(`on the server: ${y.toFixed(4)}`);
  }

  return (
    <>
      <button type="button" onClick={here}>
        Train here
      </button>
      <button type="button" onClick={onServer}>
        Ask the server
      </button>
      <p>{text}</p>
    </>
  );
}
