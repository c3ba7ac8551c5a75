// What of three.js the report's viewer uses. The bundle beside this file is made from it:
//   npm install three@0.187.0 esbuild@0.28.2
//   npx esbuild entry.js --bundle --minify --format=iife --global-name=THREE --legal-comments=inline \
//     --outfile=three-0.187.0.min.js
export {
  Box3, BufferGeometry, DirectionalLight, HemisphereLight, Matrix4, MeshStandardMaterial, OrthographicCamera, Raycaster,
  Scene, Vector2, Vector3, WebGLRenderer,
} from "three";
export { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
export { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
export { CSS2DObject, CSS2DRenderer } from "three/examples/jsm/renderers/CSS2DRenderer.js";
export { toCreasedNormals } from "three/examples/jsm/utils/BufferGeometryUtils.js";
