import Image from "next/image";

import { openingLine } from "@/lib/bread";

export const dynamic = "force-dynamic";

export default function Home() {
  return (
    <main>
      <Image src="/bread.svg" alt="" width={48} height={48} priority />
      <h1>{openingLine(new Date())}</h1>
    </main>
  );
}
