import { render } from 'svelte/server';
import { expect, test } from 'vitest';

import Lamp from './Lamp.svelte';

test('the lamp has a colour', async () => {
	const { body } = await render(Lamp, { props: { colour: 'red' } });
	expect(body).toContain('The light is red tonight');
});
