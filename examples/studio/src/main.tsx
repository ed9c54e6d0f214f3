import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/tokens.css';
import './styles/base.css';
import { Studio } from './studio.tsx';
import { admitLibraryStyles } from './ui/style-nonce.ts';

admitLibraryStyles();
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element with the id "root".');
createRoot(root).render(
  <StrictMode>
    <Studio />
  </StrictMode>,
);
