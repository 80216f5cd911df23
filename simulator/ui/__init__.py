"""The app: Streamlit pages that ask, show and word. Simulations run in processes of their own."""
