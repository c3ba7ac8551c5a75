// Glue between the page and three.js: the parts of the scene, layers, poses, views, letters, ruler and names.
"use strict";
(async () => {
  const told = JSON.parse(document.getElementById("told").textContent);
  const figure = document.getElementById("viewer"), screen = figure.querySelector(".screen");
  const canvas = screen.querySelector("canvas"), picked = document.getElementById("picked");
  const vector = (xyz) => new THREE.Vector3(...xyz);
  const frame = Object.fromEntries(Object.entries(told.frame).map(([name, xyz]) => [name, vector(xyz)]));
  const toWorld = ([l, p, s]) => vector([0, 0, 0]).addScaledVector(frame.left, l).addScaledVector(frame.posterior, p)
    .addScaledVector(frame.superior, s).normalize();

  let renderer;
  try {
    renderer = new THREE.WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
  } catch (error) {
    return; // the sentence in the page stays
  }
  renderer.setClearColor(0xffffff);
  const names = new THREE.CSS2DRenderer();
  Object.assign(names.domElement.style, { position: "absolute", inset: 0, pointerEvents: "none" });
  names.domElement.setAttribute("aria-hidden", "true");
  screen.append(names.domElement);

  const scene = new THREE.Scene(), camera = new THREE.OrthographicCamera();
  camera.up.copy(frame.superior);
  scene.add(camera, new THREE.HemisphereLight(0xffffff, 0xb9b2a8, 1.5));
  for (const [place, strength] of [[[-0.5, 0.8, 1], 1.5], [[0.9, 0.25, 0.7], 0.6]]) {
    const light = new THREE.DirectionalLight(0xffffff, strength);
    light.position.set(...place);
    camera.add(light, light.target);
  }

  // The meshes.
  const packed = Uint8Array.from(atob(document.getElementById("glb").textContent), (c) => c.charCodeAt(0));
  const unpacked = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const gltf = await new THREE.GLTFLoader().parseAsync(unpacked, "");
  gltf.scene.updateMatrixWorld(true);
  const parts = told.parts.map((part) => {
    const mesh = gltf.scene.getObjectByName(part.id), metal = ["screw", "head", "rod"].includes(part.group);
    mesh.applyMatrix4(mesh.parent.matrixWorld);
    mesh.updateMatrix();
    const home = mesh.matrix.clone();
    if (metal) mesh.geometry = THREE.toCreasedNormals(mesh.geometry, 0.9);
    else mesh.geometry.computeVertexNormals();
    const heat = mesh.geometry.getAttribute("_thickness") ?? mesh.geometry.getAttribute("_lacking");
    if (heat) mesh.geometry.setAttribute("color", Object.assign(heat, { normalized: true }));
    mesh.material = new THREE.MeshStandardMaterial({
      color: part.group === "lost" ? "white" : part.color, opacity: part.opacity, transparent: part.opacity < 1, roughness: metal ? 0.35 : 0.85,
      metalness: 0, vertexColors: part.group === "lost", side: part.group === "lost" ? 2 : 0, // two sides: what is lacking is a sheet
      polygonOffset: part.group === "removed", polygonOffsetFactor: -2, polygonOffsetUnits: -2,
    });
    mesh.matrixAutoUpdate = false;
    scene.add(mesh);
    return Object.assign(part, { mesh, home });
  });
  const labels = Object.entries(told.levels).map(([level, at]) => {
    const element = document.createElement("div");
    element.className = "level-name";
    element.textContent = level;
    const label = new THREE.CSS2DObject(element);
    scene.add(label);
    return { level, label, at: vector(at) };
  });

  // What is shown. Down a screw, bone is see-through, what it must miss is shown, and what hides it is not.
  let pose = "planned", downAScrew = false;
  const shown = (name, value) => figure.querySelector(`[data-${name}="${CSS.escape(value)}"]`)?.checked ?? true;
  const dress = () => {
    const thickness = document.getElementById("thickness").checked;
    const keys = { thickness, lacking: figure.querySelector("[data-layer=lost]")?.checked ?? false };
    for (const key of figure.querySelectorAll("[data-key]")) key.hidden = !keys[key.dataset.key];
    const chosen = document.getElementById("opacity").value / 100, opacity = downAScrew ? Math.min(chosen, 0.4) : chosen;
    for (const part of parts) {
      const bone = part.layer === "bone";
      const wanted = bone ? opacity > 0 : shown("layer", part.layer);
      const forced = downAScrew ? { head: false, rod: false, artery: true, canal: true }[part.group] : undefined;
      part.mesh.visible = (part.pose === "both" || part.pose === pose) && shown("level", part.level) && (forced ?? wanted);
      if (bone) {
        part.mesh.material.color.set(thickness ? "white" : part.color);
        Object.assign(part.mesh.material, {
          opacity, transparent: opacity < 1, depthWrite: opacity > 0.6, vertexColors: thickness, needsUpdate: true,
        });
      }
      const back = pose === "scan" && part.pose === "both" && told.back[part.level];
      part.mesh.matrix.copy(part.home);
      if (back) part.mesh.matrix.premultiply(new THREE.Matrix4().fromArray(back));
      part.mesh.matrixWorldNeedsUpdate = true;
    }
    for (const { level, label, at } of labels) {
      label.position.copy(at);
      if (pose === "scan" && told.back[level]) label.position.applyMatrix4(new THREE.Matrix4().fromArray(told.back[level]));
      label.visible = shown("level", level);
    }
    render();
  };

  // Looking.
  const controls = new THREE.OrbitControls(camera, screen);
  controls.listenToKeyEvents(screen);
  controls.zoomToCursor = true;
  const depth = 400;
  const bones = () => parts.filter((part) => part.layer === "bone" || part.group === "rod");
  let mmHigh = 100;
  const resize = () => {
    const { clientWidth: wide, clientHeight: tall } = screen;
    if (!wide || !tall) return;
    renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    renderer.setSize(wide, tall, false);
    names.setSize(wide, tall);
    camera.top = mmHigh / 2;
    camera.bottom = -camera.top;
    camera.right = camera.top * wide / tall;
    camera.left = -camera.right;
    camera.near = 1;
    camera.far = 2 * depth;
    camera.updateProjectionMatrix();
    render();
  };
  const aim = (look, up, target, high, name) => {
    // Orbiting needs the head up: looking along the column itself the eye stands a hair aside, so that `up` is up.
    const along = look.dot(frame.superior);
    const eye = target.clone().addScaledVector(look, -depth);
    if (Math.abs(along) > 0.99) eye.addScaledVector(up, 0.02 * Math.sign(along));
    controls.target.copy(target);
    camera.position.copy(eye);
    camera.zoom = 1;
    mmHigh = high;
    controls.update();
    figure.querySelector(".view-name").textContent = name;
    for (const button of document.querySelectorAll("[data-view], [data-screw]")) {
      const here = (button.dataset.view && told.views.find((v) => v.name === button.dataset.view).heading) || button.dataset.screw;
      button.setAttribute("aria-pressed", String(name === here || name === `Down the screw ${here}`));
    }
    resize();
  };
  const view = (name) => {
    const { look, up, heading } = told.views.find((v) => v.name === name);
    downAScrew = false;
    dress();
    const [ahead, above] = [toWorld(look), toWorld(up)];
    const right = ahead.clone().cross(above).normalize();
    const top = right.clone().cross(ahead);
    const low = vector([Infinity, Infinity, Infinity]), high = low.clone().negate(), place = new THREE.Vector3();
    for (const { mesh } of bones()) {
      mesh.updateMatrixWorld(true);
      const points = mesh.geometry.getAttribute("position");
      for (let i = 0; i < points.count; i += 5) {
        place.fromBufferAttribute(points, i).applyMatrix4(mesh.matrix);
        const flat = vector([place.dot(right), place.dot(top), place.dot(ahead)]);
        low.min(flat);
        high.max(flat);
      }
    }
    const span = high.clone().sub(low), middle = low.add(high).multiplyScalar(0.5);
    const target = vector([0, 0, 0]).addScaledVector(right, middle.x).addScaledVector(top, middle.y).addScaledVector(ahead, middle.z);
    aim(ahead, above, target, 1.16 * Math.max(span.y, span.x * screen.clientHeight / screen.clientWidth), heading);
  };
  const downTheScrew = (name) => {
    const [entry, tip] = told.screws[name][pose].map(vector);
    downAScrew = true;
    dress();
    aim(tip.clone().sub(entry).normalize(), frame.superior, entry, 50, `Down the screw ${name}`);
    picked.textContent = `${told.screws[name].words.join(". ")}. Bone see-through; heads and rods hidden until another view.`;
  };

  // What stands over the picture.
  const letterPairs = [["left", "L", "R"], ["posterior", "P", "A"], ["superior", "S", "I"]];
  const letters = (direction) => letterPairs.map(([axis, plus, minus]) => {
    const share = direction.dot(frame[axis]);
    return [Math.abs(share), share > 0 ? plus : minus];
  }).filter(([share]) => share > 0.38).sort((a, b) => b[0] - a[0]).slice(0, 2).map(([, letter]) => letter).join("");
  const write = () => {
    const right = vector([1, 0, 0]).applyQuaternion(camera.quaternion), up = vector([0, 1, 0]).applyQuaternion(camera.quaternion);
    const at = { right: right, left: right.clone().negate(), top: up, foot: up.clone().negate() };
    for (const b of figure.querySelectorAll(".letters b")) b.textContent = letters(at[b.dataset.edge]);
    const pixelsPerMm = screen.clientHeight * camera.zoom / mmHigh;
    const long = [50, 20, 10, 5, 2, 1].find((mm) => mm * pixelsPerMm < 0.2 * screen.clientWidth) ?? 1;
    figure.querySelector(".ruler span").textContent = `${long} mm`;
    figure.querySelector(".ruler i").style.width = `${long * pixelsPerMm}px`;
  };
  let due = false;
  const draw = () => {
    due = false;
    write();
    renderer.render(scene, camera);
    names.render(scene, camera);
    figure.dataset.drawn = String(Number(figure.dataset.drawn ?? 0) + 1);
  };
  const render = () => {
    if (!due) requestAnimationFrame(draw);
    due = true;
  };
  controls.addEventListener("change", render);
  controls.addEventListener("start", () => {
    figure.querySelector(".view-name").textContent = "";
    for (const button of document.querySelectorAll("[aria-pressed=true]")) button.setAttribute("aria-pressed", "false");
  });
  new ResizeObserver(resize).observe(screen);
  // On paper the picture has a size of its own, which its letters and names must fit; a copy prints where WebGL may not.
  const copy = document.createElement("canvas");
  copy.className = "paper";
  canvas.before(copy);
  const paper = (size) => {
    Object.assign(screen.style, size);
    resize();
    draw();
    Object.assign(copy, { width: canvas.width, height: canvas.height });
    copy.getContext("2d").drawImage(canvas, 0, 0);
  };
  addEventListener("beforeprint", () => paper({ width: "272px", height: "400px" }));
  addEventListener("afterprint", () => paper({ width: "", height: "" }));

  // What the pointer is on.
  const ray = new THREE.Raycaster(), place = new THREE.Vector2();
  let pointing = null;
  screen.addEventListener("pointermove", (event) => {
    if (pointing || event.buttons) return;
    pointing = requestAnimationFrame(() => {
      pointing = null;
      const box = screen.getBoundingClientRect();
      place.set(2 * (event.clientX - box.left) / box.width - 1, 1 - 2 * (event.clientY - box.top) / box.height);
      ray.setFromCamera(place, camera);
      const hit = ray.intersectObjects(parts.filter((p) => p.mesh.visible).map((p) => p.mesh), false)[0];
      const part = hit && parts.find((p) => p.mesh === hit.object);
      const screw = part && told.screws[part.name.replace(/^(screw|head|neck) /, "")];
      if (part) picked.textContent = screw ? screw.words.join(". ") : part.name;
    });
  });

  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => view(button.dataset.view));
  for (const button of document.querySelectorAll("[data-screw]")) {
    button.addEventListener("click", () => {
      downTheScrew(button.dataset.screw);
      screen.scrollIntoView({ block: "nearest" });
    });
  }
  for (const input of figure.querySelectorAll("[data-level], [data-layer], #opacity, #thickness")) input.addEventListener("input", dress);
  for (const input of figure.querySelectorAll("[name=pose]")) input.addEventListener("change", () => { pose = input.value; dress(); });
  screen.addEventListener("keydown", (event) => {
    const chosen = told.views[Number(event.key) - 1];
    if (chosen) view(chosen.name);
    if (event.key === "+" || event.key === "-") {
      camera.zoom *= event.key === "+" ? 1.15 : 1 / 1.15;
      camera.updateProjectionMatrix();
      render();
    }
    if (event.key.startsWith("Arrow")) event.preventDefault();
  });

  figure.classList.add("ready");
  dress();
  view("posterior");
})();
