import { env } from '$env/dynamic/private';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ colour: env.LAMP_COLOUR ?? 'green' });
